"""The doors: mail, web and console. Each hands over what came exactly as it came, and knows how to read it."""

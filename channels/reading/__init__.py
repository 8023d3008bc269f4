"""Reading a raw mail: its head, its parts, its words and files, within bounds that no sender can move."""

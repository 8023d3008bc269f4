"""Who sent a mail: a person or a machine, and whether its domain vouches for it."""

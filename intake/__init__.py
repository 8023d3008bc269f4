"""The heart: values, decisions and the shell that carries them out. Imports the standard library only."""

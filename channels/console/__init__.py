"""The officers' console: an app of its own, whose every page stands in one table with the right that it asks for."""

"""The demonstration: an empty installation filled with six months of an invented council's contacts."""

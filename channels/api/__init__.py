"""The residents' API: conversations, whole contacts, and a case's status, for the council's other pages and systems."""

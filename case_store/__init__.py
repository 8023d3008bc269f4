"""Keeping: contacts, conversations, cases and outgoing mail, on SQLite or PostgreSQL through the same statements."""

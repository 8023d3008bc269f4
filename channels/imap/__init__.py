"""Mailboxes read by IMAP: where they are, one connection, what is fetched."""

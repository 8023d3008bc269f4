"""Residents' files: scanned, shown and handed out."""

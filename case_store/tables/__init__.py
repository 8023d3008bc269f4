"""The tables. Columns are what is searched and counted; ``document`` columns hold a whole noun of the heart as JSON.

Texts hold no NUL (PostgreSQL takes none); moments are kept and come back in UTC.
"""

from case_store.tables import administration, cases, centre, contacts, officers, sending

__all__ = ["administration", "cases", "centre", "contacts", "officers", "sending"]

"""The sessions of the mail doors: SMTP and LMTP, with their limits."""

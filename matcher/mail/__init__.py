"""Letters in each language, their calendar entries, and the ways they leave: SMTP or a maildir."""

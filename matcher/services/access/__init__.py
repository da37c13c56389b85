"""Who may come in: keys, accounts, passwords and codes, sign-ins, and how tries are slowed down."""

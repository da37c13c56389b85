"""Who may be invited: their intake, the first contact that leads to it, and whom they must not meet."""

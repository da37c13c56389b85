"""Which opportunities are proposed to whom: after each event, and everybody at once at night, seats included."""

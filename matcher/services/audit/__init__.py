"""The trail of who looked at what and did what: writing it, sealing it hour by hour, reading and checking it."""

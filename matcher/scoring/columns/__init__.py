"""Everybody and everything offered as columns in memory, so that the rules can be asked about all of them at once."""

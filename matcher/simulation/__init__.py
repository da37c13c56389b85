"""Invented worlds in which the production rules are tried for years before anybody is asked to trust them."""

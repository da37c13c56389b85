"""The tests: a mirror of `matcher/`, with journeys, drills and contracts beside it."""

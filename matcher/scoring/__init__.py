"""How well an opportunity fits a person: pure numbers, without clock, randomness or input and output."""

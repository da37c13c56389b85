"""One function a use case; each says what it commits, which events it emits, and whether a repeat is safe.

From below: audit, access, listings and people, suitability, asking, finding, my_pace, answers, and on top desk and upkeep.
No room imports one above it.
"""

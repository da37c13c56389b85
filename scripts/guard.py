"""What is said of one guard."""

from __future__ import annotations

from typing import NamedTuple


class Guard(NamedTuple):
    """`old` stands exactly once in `file`; with `new` in its place `test` has to fail."""

    name: str
    file: str
    old: str
    new: str
    test: str

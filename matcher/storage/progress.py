"""How those who wait hear of work that takes a while."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Hears how many of how many are done, now and then."""

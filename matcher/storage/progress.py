"""What takes long: who hears how far it is, and what is better left alone meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Hears how many of how many are done."""


@contextmanager
def without_collecting() -> Iterator[None]:
    """Millions of new lists and dicts, none of them in a circle, would set the garbage collector off all the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

"""Topics as they are compared: one spelling for what only looks different."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def folded(topic: str) -> str:
    """One spelling for full-width, half-width, upper and lower case (SCORING §7: NFKC and case-folded).

    >>> folded("Ｃａｔｓ"), folded("CATS")
    ('cats', 'cats')
    """
    return unicodedata.normalize("NFKC", topic).casefold()


def distinct(topics: Iterable[str]) -> dict[str, None]:
    """The different topics of a list as they are compared, in its order."""
    return dict.fromkeys(map(folded, topics))

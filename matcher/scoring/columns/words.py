"""Words, ids and time zones as small numbers, the same for people and opportunities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

MICROSECOND: Final = timedelta(microseconds=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
ALWAYS: Final = np.iinfo(np.int64).max  # later than every moment
BEFORE: Final = np.iinfo(np.int64).min  # earlier than every moment
WORD_BITS: Final = 63  # of 64: the sign stays out of it
DAY: Final = timedelta(days=1)
MARKS_KEPT: Final = 65_536


@lru_cache(MARKS_KEPT)
def mark_of(word: str) -> int:
    """A number of 64 bits that says which word it was, in every process and for good.

    >>> mark_of("gardening") == mark_of("gardening") != mark_of("Gardening")
    True
    """
    return int.from_bytes(
        blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest(), "little", signed=True
    )


class Vocabulary:
    """Words as small numbers, given out in the order in which the words, or their marks, are first met."""

    def __init__(self) -> None:
        self._codes: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._codes)

    def code(self, word: str) -> int:
        """The number of a word."""
        return self._codes.setdefault(mark_of(word), len(self._codes))

    def codes_of(self, marks: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers of the words behind many marks."""
        different, places = np.unique(marks, return_inverse=True)
        codes = [self._codes.setdefault(mark, len(self._codes)) for mark in different.tolist()]
        return np.array(codes, np.int64)[places]

    def codes(self, words: Iterable[str]) -> list[int]:
        """The numbers of several words, sorted, each once."""
        return sorted({self.code(word) for word in words})

    @property
    def width(self) -> int:
        """How many numbers hold one bit for each word."""
        return max(1, -(-len(self) // WORD_BITS))

    def bits(self, words: Iterable[str]) -> list[int]:
        """One bit for each of the words, in as many numbers as are needed by now."""
        found = [0]
        for code in self.codes(words):
            place, bit = divmod(code, WORD_BITS)
            found += [0] * (place + 1 - len(found))
            found[place] |= 1 << bit
        return found


class Clocks(NamedTuple):
    """Of each zone the moments from which an offset holds and the offset, both in microseconds; shapes (zones, changes)."""

    since: NDArray[np.int64]
    offset: NDArray[np.int64]


class Zones:
    """The clocks of time zones over the span that sessions lie in."""

    def __init__(self) -> None:
        self._names = Vocabulary()
        self._zones: list[ZoneInfo] = []
        self._first = self._last = EPOCH
        self._clocks: Clocks | None = None

    def code(self, name: str) -> int:
        """The number of a zone, by its IANA name."""
        code = self._names.code(name)
        if code == len(self._zones):
            self._zones.append(ZoneInfo(name))
            self._clocks = None
        return code

    def cover(self, first: datetime, last: datetime) -> None:
        """Make sure that every moment from `first` to `last` (aware) can be told by each clock."""
        if self._first == self._last:
            self._first, self._last, self._clocks = first - DAY, last + DAY, None
        elif first < self._first or last > self._last:
            self._first, self._last = min(self._first, first - DAY), max(self._last, last + DAY)
            self._clocks = None

    def clocks(self) -> Clocks:
        """The clocks of all zones met so far."""
        if self._clocks is None:
            changes = [list(_changes(zone, self._first, self._last)) for zone in self._zones]
            shape = len(changes), max(map(len, changes), default=1)
            self._clocks = Clocks(np.full(shape, ALWAYS), np.zeros(shape, np.int64))
            for zone, found in enumerate(changes):
                for place, (since, offset) in enumerate(found):
                    self._clocks.since[zone, place], self._clocks.offset[zone, place] = since, offset
        return self._clocks


@dataclass(slots=True)
class Words:
    """Everything that people and opportunities must count alike."""

    languages: Vocabulary = field(default_factory=Vocabulary)
    needs: Vocabulary = field(default_factory=Vocabulary)
    topics: Vocabulary = field(default_factory=Vocabulary)
    ids: Vocabulary = field(default_factory=Vocabulary)
    zones: Zones = field(default_factory=Zones)


def folded_bits(codes: Iterable[int]) -> int:
    """One bit for each number, several numbers to a bit: two lists that share a number share a bit.

    >>> folded_bits([0, 2, 63])
    5
    """
    found = 0
    for code in codes:
        found |= 1 << code % WORD_BITS
    return found


def micros(moment: datetime) -> int:
    """An aware moment as microseconds since 1970.

    >>> micros(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    return (moment - EPOCH) // MICROSECOND


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[tuple[int, int]]:
    """Since when which offset holds, in microseconds; no zone changes twice within a day."""
    day, offset = first, _offset(zone, first)
    yield BEFORE, offset
    while day < last:
        after = day + DAY
        if (changed := _offset(zone, after)) != offset:
            yield _first_with(zone, changed, micros(day), micros(after)), changed
            offset = changed
        day = after


def _first_with(zone: ZoneInfo, offset: int, before: int, after: int) -> int:
    """The first microsecond at which a zone has an offset that it has not at `before` but has at `after`."""
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, EPOCH + middle * MICROSECOND) == offset:
            after = middle
        else:
            before = middle
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> int:
    local = moment.astimezone(zone).utcoffset()
    assert local is not None
    return local // MICROSECOND

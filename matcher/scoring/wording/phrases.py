"""The shape of one language's words: sentences with named gaps, and the words that go into them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language.

    `reasons` is keyed by reason code, or `code.variant`; `why` and `gaps` by what they say; `words` by the value of a
    kind, aspect, requirement, need, mode or language. `one` and `many` count things ("1 minute", "{n} minutes").
    """

    reasons: Mapping[str, str]
    why: Mapping[str, str]
    gaps: Mapping[str, str]
    words: Mapping[str, str]
    one: Mapping[str, str]
    many: Mapping[str, str]
    title: str
    name: Callable[[str], str]
    joined: Callable[[list[str]], str]

    def counted(self, thing: str, number: int) -> str:
        """A number with its thing."""
        return (self.one if number == 1 else self.many)[thing].format(n=number)

    def listed(self, values: Iterable[str]) -> str:
        """Words for several values; one from an open vocabulary is said as it is written."""
        return self.joined([self.words.get(value, value.replace("_", " ")) for value in values])

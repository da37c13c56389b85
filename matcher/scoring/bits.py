"""Kinds and requirements as bits of one number, so that several gates are one comparison in SQL and in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from matcher.domain.values import Kind, Requirement

T = TypeVar("T")

KIND_BIT: Final[Mapping[Kind, int]] = {kind: 1 << position for position, kind in enumerate(Kind)}
REQUIREMENT_BIT: Final[Mapping[Requirement, int]] = {
    requirement: 1 << position for position, requirement in enumerate(Requirement)
}


def mask(bits: Mapping[T, int], values: Iterable[T]) -> int:
    """The values as one number.

    >>> mask(KIND_BIT, [Kind.communal_space, Kind.volunteering, Kind.volunteering])
    3
    """
    return sum(bits[value] for value in set(values))

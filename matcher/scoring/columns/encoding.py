"""What is said of people as numbers: bits that bar, the span of a consent, ties to others, the best chance there can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from matcher.domain.person import Consent, HistoryEntry
from matcher.domain.values import Aspect, HistoryOutcome, Kind, Purpose, Requirement
from matcher.scoring import kernel
from matcher.scoring.bits import KIND_BIT, mask
from matcher.scoring.columns.words import ALWAYS, BEFORE, Words, micros
from matcher.scoring.eligibility import DECLINED

# What somebody has to do with an organisation, a place or an opportunity; the third number is how often, or when.
INTRODUCED: Final = 0
EXCLUDED: Final = 1
OK_WITH: Final = 2
OK_AT_PLACE: Final = 3
OK_ONLINE: Final = 4
DECLINED_AT: Final = 5

# Where the bits of `bars` begin: kinds, requirements, two that say why nobody is asked or nothing offered, for each aspect
# that is asked of everybody alike one for each half rung above 0, and group sizes up to the sign of the number.
ASKED_ALIKE: Final = (Aspect.group, Aspect.interaction, Aspect.commitment, Aspect.stimulation)
HALF_RUNGS: Final = 8
REQUIREMENT_SHIFT: Final = len(Kind)
NOT_OFFERED: Final = 1 << (
    REQUIREMENT_SHIFT + len(Requirement)
)  # everybody keeps away from what is not offered
NOT_NOW: Final = NOT_OFFERED << 1  # nobody is asked who is not open, holds an invitation, or waits for a talk
STEP_SHIFT: Final = REQUIREMENT_SHIFT + len(Requirement) + 2
SIZE_SHIFT: Final = STEP_SHIFT + HALF_RUNGS * len(ASKED_ALIKE)
SIZES: Final = range(2, 2 + 63 - SIZE_SHIFT)  # still larger groups are told apart when they are judged
POSITION: Final = {aspect: position for position, aspect in enumerate(Aspect)}
EVERY_KIND: Final = mask(KIND_BIT, Kind)
ANY_KIND: Final = EVERY_KIND - KIND_BIT[Kind.communal_living]  # what no named kind stands for


def chance_ceiling(mu: Sequence[float], variance: Sequence[float]) -> float:
    """The best chance that any opportunity can have: one that asks nothing.

    Stretches and edges only lower the log-odds and widen them. Below even odds widening would raise the chance, but never
    above one half; and where a slope were negative, nothing can be said.
    """
    if min(mu[1:]) < 0:
        return 1.0
    return max(0.5, kernel.likely(mu[0], variance[0]))


def bars(kind_mask: Any, red_line_mask: Any, available: Any) -> Any:
    """What keeps an opportunity away: one bit for each kind not wanted and each requirement refused; of one or many."""
    wanted = kind_mask + (kind_mask == 0) * ANY_KIND
    unwanted = EVERY_KIND & ~wanted
    return unwanted | (red_line_mask << REQUIREMENT_SHIFT) | NOT_OFFERED | (available == 0) * NOT_NOW


def bars_of_steps(rungs: Any, last_two_ok: Any, recovering: Any) -> Any:
    """What asks more than anybody's next step may, as `beyond_one_step` has it: one bit for each half rung of each aspect.

    Shapes: rungs 6, or 6 and n for many.
    """
    may_stretch, found = last_two_ok > recovering, 0
    for place, aspect in enumerate(ASKED_ALIKE):
        rung, small = rungs[POSITION[aspect]], kernel.SMALL_STRETCH[POSITION[aspect]] * may_stretch
        for half in range(HALF_RUNGS):
            beyond = kernel.exceeds((half + 1) / 2 - rung, small)
            found = found | beyond * (1 << (STEP_SHIFT + HALF_RUNGS * place + half))
    return found


def bars_of_size(max_group_size: int) -> int:
    """The sizes of groups that are too large for somebody, one bit each."""
    return sum(_size_bit(one) for one in SIZES if kernel.group_too_large(one, max_group_size, False, 0))


def bars_asked(asked: Sequence[float], group_max: int, online: bool, interaction: int) -> int:
    """What a posting asks of everybody alike, as the bits that somebody may have against it.

    Shapes: asked one rung for each of `ASKED_ALIKE`.
    """
    found = 0
    for place, rung in enumerate(asked):
        if rung >= 1 / 2:
            found |= 1 << (STEP_SHIFT + HALF_RUNGS * place + int(2 * rung) - 1)
    if kernel.group_too_large(group_max, SIZES[0] - 1, online, interaction):
        found |= _size_bit(min(group_max, SIZES[-1]))
    return found


def _size_bit(size: int) -> int:
    return 1 << (SIZE_SHIFT + size - SIZES[0])


def is_in_force(start: Any, end: Any, as_of: int) -> Any:
    """Whether a consent from `start` to `end`, of one or many, is in force at `as_of` or later; in microseconds."""
    return (end > as_of) & (end > start)


def consent_span(consents: Iterable[Consent], as_of: datetime) -> tuple[int, int]:
    """The first span from `as_of` on in which matching is agreed to, in microseconds, the end outside; (0, 0) is never."""
    found = (0, 0)
    given = [one for one in consents if one.purpose == Purpose.matching]
    for one in sorted(given, key=lambda one: one.given_at):
        start = micros(one.given_at)
        end = ALWAYS if one.withdrawn_at is None else micros(one.withdrawn_at)
        if not is_in_force(start, end, micros(as_of)):
            continue
        if found == (0, 0):
            found = start, end
        elif start <= found[1]:
            found = found[0], max(found[1], end)
    return found


def ties_of(
    entries: Iterable[HistoryEntry],
    words: Words,
    introduced: Iterable[str] = (),
    excluded: Iterable[str] = (),
) -> list[tuple[int, int, int]]:
    """What somebody has to do with whom: kind, number of the id, how often or when; organisations introduced or excluded."""
    found: Counter[tuple[int, int]] = Counter()

    def tie(kind: int, one_id: str | None) -> None:
        if one_id is not None:
            found[kind, words.ids.code(one_id)] += 1

    for organisation_id in introduced:
        tie(INTRODUCED, organisation_id)
    for organisation_id in excluded:
        tie(EXCLUDED, organisation_id)
    for entry in entries:
        if entry.outcome is HistoryOutcome.ok:
            tie(OK_WITH, entry.organisation_id)
            tie(OK_AT_PLACE, entry.place_id)
            tie(OK_ONLINE, entry.opportunity_id)
        elif entry.outcome in DECLINED and entry.opportunity_id is not None:
            key = DECLINED_AT, words.ids.code(entry.opportunity_id)
            found[key] = max(found.get(key, BEFORE), micros(entry.at))
    return [(*key, value) for key, value in found.items()]

"""Some thousand people as rows of the database made into columns, without making a person of each."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.domain.person import Consent, PersonState
from matcher.domain.values import Availability, DayWindow, Purpose, Rungs
from matcher.scoring.columns.encoding import bars, consent_span
from matcher.scoring.columns.people import FACTS, LISTS, NOWHERE
from matcher.scoring.columns.table import Column, Lists
from matcher.scoring.columns.words import Words, folded_bits
from matcher.scoring.comfort import initial
from matcher.scoring.distance import MODE_INDEX
from matcher.scoring.experience import Footing
from matcher.scoring.sessions import free_spans
from matcher.scoring.topics import folded

R = TypeVar("R")
Learned = tuple[Sequence[float], Sequence[float]]  # mu and variance
Comfort = tuple[Sequence[float], Learned | None]  # rungs, and what was learned if anything was
Beliefs = tuple[
    Sequence[float], Sequence[float], Sequence[float]
]  # mu, variance, highest rungs of `ok` visits


@dataclass(frozen=True, slots=True)
class Whole:
    """What few people have, by their ids; consents only where there are several."""

    live: Collection[str]
    stands: Mapping[str, Footing]
    ties: Mapping[str, Sequence[tuple[int, int, int]]]
    consents: Mapping[str, Sequence[Consent]]


# The order of one row, as `people_columns` selects it.
(
    ID,
    LATITUDE,
    LONGITUDE,
    CELL,
    REACH,
    GROUP,
    KINDS,
    RED_LINES,
    BORN,
    LANGUAGE,
    STATE,
    INTAKE,
    COMFORT,
    GIVEN,
    WITHDRAWN,
) = range(15)


def chunk_of_people(
    rows: Sequence[Any], whole: Whole, words: Words, as_of: datetime
) -> tuple[Sequence[str], dict[str, Any], dict[str, Lists], dict[int, Beliefs]]:
    """What `PeopleColumns.fill` takes."""
    by_column = list(zip(*rows, strict=True))
    ids = by_column[ID]
    read = json_reader()
    intakes = [read(text) for text in by_column[INTAKE]]
    comforts = list(map(comfort_reader(read), by_column[COMFORT]))
    stands = {place: whole.stands[one] for place, one in enumerate(ids) if one in whole.stands}
    topics = _coded(intakes, words)
    needs = _remembered(words.needs.bits)
    facts = _facts(by_column, intakes, comforts, words)
    facts["consent_from"], facts["consent_until"] = _consents(by_column, whole, as_of)
    for place, stand in stands.items():
        facts["last_two_ok"][place], facts["recovering"][place] = stand.last_two_ok, stand.recovering
    columns = {
        "bars": _bars(by_column, whole, stands),
        "rank": by_column[REACH],
        "cell": by_column[CELL],
        "needs": _squared([needs(tuple(one["needs"])) for one in intakes]),
        "topic_bits": [folded_bits(codes) for codes in topics],
        "facts": facts,
    }
    spans = _remembered(_spans)
    lists = {
        "free": _lists([spans(tuple(map(tuple, one["availability"]))) for one in intakes], LISTS["free"]),
        "topics": _lists(topics, LISTS["topics"]),
        "ties": _lists([whole.ties.get(one, ()) for one in ids], LISTS["ties"]),
    }
    return ids, columns, lists, _beliefs(comforts, stands)


def json_reader() -> Callable[[str], Any]:
    """The fastest reader of JSON there is: orjson's where it is installed (extra `scale`)."""
    if find_spec("orjson") is None:
        return json.loads
    fast: Any = import_module("orjson")
    return fast.loads  # type: ignore[no-any-return]


def _facts(
    by_column: Sequence[Sequence[Any]], intakes: Sequence[Any], comforts: Sequence[Comfort], words: Words
) -> NDArray[Any]:
    """Records of FACTS, but for consents and what comes from the past."""
    facts = np.zeros(len(intakes), FACTS)
    modes, most, half_lives = zip(*(one["travel"] for one in intakes), strict=True)
    language, zone = _remembered(words.languages.code), _remembered(words.zones.code)
    facts["latitude"], facts["longitude"] = by_column[LATITUDE], by_column[LONGITUDE]
    facts["birth_year"], facts["max_group_size"] = by_column[BORN], by_column[GROUP]
    facts["language"] = [language(one) for one in by_column[LANGUAGE]]
    facts["zone"] = [zone(one["hours"][2]) for one in intakes]
    facts["mode"] = [MODE_INDEX[mode] for mode in modes]
    facts["max_minutes"], facts["half_life_minutes"] = most, half_lives
    facts["companion"] = [one["companion"] for one in intakes]
    facts["rungs"] = [rungs for rungs, _learned in comforts]
    return facts


def _consents(
    by_column: Sequence[Sequence[Any]], whole: Whole, as_of: datetime
) -> tuple[list[int], list[int]]:
    """From when and until when each agrees to matching, in microseconds."""

    def one_span(given_at: Any, withdrawn_at: Any) -> tuple[int, int]:
        ends_at = None if withdrawn_at is None else _moment(withdrawn_at)
        return consent_span([Consent(Purpose.matching, "", _moment(given_at), ends_at)], as_of)

    span = _remembered(one_span)
    spans = [
        consent_span(whole.consents[one], as_of)
        if one in whole.consents
        else (0, 0)
        if given_at is None
        else span(given_at, withdrawn_at)
        for one, given_at, withdrawn_at in zip(
            by_column[ID], by_column[GIVEN], by_column[WITHDRAWN], strict=True
        )
    ]
    return [start for start, _end in spans], [end for _start, end in spans]


def _moment(raw: Any) -> datetime:
    """An aware moment from what the driver gives: SQLite keeps UTC as text."""
    return datetime.fromisoformat(raw).replace(tzinfo=UTC) if isinstance(raw, str) else raw


def _bars(by_column: Sequence[Sequence[Any]], whole: Whole, stands: Mapping[int, Footing]) -> list[int]:
    barred = _remembered(bars)
    waiting = {place for place, stand in stands.items() if stand.talk_due}
    return [
        barred(kinds, red_lines, state == PersonState.open and one not in whole.live and place not in waiting)
        for place, (one, kinds, red_lines, state) in enumerate(
            zip(by_column[ID], by_column[KINDS], by_column[RED_LINES], by_column[STATE], strict=True)
        )
    ]


def comfort_reader(read: Callable[[str], Any]) -> Callable[[str], Comfort]:
    """Reads what `set_comfort` wrote: the rungs, and the rest where anything was learned.

    Rungs come first in the document. What follows is the same text for everybody new, and is read once.
    """
    novice = initial(Rungs(0, 0, 0, 0, 0, 0)).to_stored()
    rungs = functools.cache(lambda text: tuple(read(text)["rungs"]))

    def learned(text: str) -> Learned | None:
        found = read(text)
        mu, variance = found["mu"], found["variance"]
        return None if mu == novice["mu"] and variance == novice["variance"] else (mu, variance)

    rest = functools.cache(learned)

    def comfort(text: str) -> Comfort:
        head, mark, tail = text.partition(', "mu":')
        if mark and '"rungs"' in head:
            return rungs(head + "}"), rest('{"mu":' + tail)
        return rungs(text), learned(text)

    return comfort


def _beliefs(comforts: Sequence[Comfort], stands: Mapping[int, Footing]) -> dict[int, Beliefs]:
    """By place, those of whom anything was learned or who were somewhere."""
    novice = initial(Rungs(0, 0, 0, 0, 0, 0))
    return {
        place: (
            *(learned or (novice.mu, novice.variance)),
            stands[place].highest_ok if place in stands else NOWHERE,
        )
        for place, (_rungs, learned) in enumerate(comforts)
        if learned is not None or place in stands
    }


def _coded(intakes: Sequence[Any], words: Words) -> list[list[int]]:
    """The topics of each as sorted numbers; a word that was met before is not folded again."""
    code = _remembered(lambda topic: words.topics.code(folded(topic)))
    return [sorted({code(topic) for topic in one["topics"]}) for one in intakes]


def _spans(windows: tuple[tuple[int, int, int], ...]) -> list[tuple[int, int, int]]:
    return list(free_spans([Availability(day, DayWindow(start, end)) for day, start, end in windows]))


def _squared(bits: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    width = max(map(len, bits), default=1)
    return np.array([[*one, *[0] * (width - len(one))] for one in bits], np.int64).reshape(len(bits), width)


def _lists(several: Sequence[Sequence[Any]], column: Column) -> Lists:
    lengths = np.fromiter(map(len, several), np.int32, len(several))
    entries = np.array([entry for one in several for entry in one], column.dtype)
    return Lists(lengths, entries.reshape(-1, column.width) if column.width else entries)


def _remembered(function: Callable[..., R]) -> Callable[..., R]:
    """The function with its answers kept while one chunk is read: most people share most of what they say."""
    return functools.cache(function)

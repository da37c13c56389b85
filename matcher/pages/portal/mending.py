"""Which questions mend a row of an imported file, and what their answers make of its draft.

A row is asked only for what its notes are about: everything else of the draft stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from werkzeug.datastructures import MultiDict

from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.domain.imports import ImportLine, ImportResult
from matcher.domain.opportunity import Opportunity
from matcher.exchange.reasons import Reason
from matcher.pages.portal.stated import stated
from matcher.pages.portal.steps import answered
from matcher.pages.typed import MORE, NONE_OF_THESE

# A question by its name: the step it belongs to, and its fields there.
_QUESTIONS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "title": ("what", ("title",)),
    "summary": ("what", ("summary",)),
    "kind": ("what", ("kind",)),
    "place": ("where", ("online", "place.name", "place.address")),
    "spot": ("where", ("place.latitude", "place.longitude")),
    "entry": ("where", ("place.entry",)),
    "day": ("when", ("session.on", "session.from", "session.until")),
    "capacity": ("people", ("capacity",)),
    "age": ("people", ("age.min", "age.max", "age.open")),
    "languages": ("host", ("languages", "languages" + MORE, "languages" + NONE_OF_THESE)),
    "requires": ("newcomer", ("requires", "requires" + NONE_OF_THESE)),
}

_MENDED_BY: Final[Mapping[Reason, tuple[str, ...]]] = {
    Reason.no_name: ("title",),
    Reason.too_many_values: ("title",),
    Reason.quotation_marks: ("title",),
    Reason.undecodable: ("summary", "place"),
    Reason.unfit: ("summary", "place"),
    Reason.shortened: ("summary",),
    Reason.no_place: ("place",),
    Reason.perhaps_online: ("place",),
    Reason.half_a_point: ("spot",),
    Reason.unclear_point: ("spot",),
    Reason.zero_point: ("spot",),
    Reason.point_outside: ("spot",),
    Reason.swapped_point: ("spot",),
    Reason.way_in_words: ("entry",),
    Reason.kind_in_words: ("kind",),
    Reason.age_in_words: ("age",),
    Reason.price_in_words: ("requires",),
    Reason.sign_up_in_words: ("requires",),
    Reason.languages_in_words: ("languages",),
} | dict.fromkeys(
    (
        Reason.no_day, Reason.unclear_day, Reason.no_time, Reason.unclear_time, Reason.last_day_first, Reason.end_first,
        Reason.whole_day, Reason.several_days, Reason.past, Reason.far_ahead, Reason.remark_on_times,
        Reason.contradicting_remark, Reason.called_off, Reason.schedule_in_words,
    ),
    ("day",),
) | dict.fromkeys(
    (Reason.unclear_capacity, Reason.zero_capacity, Reason.huge_capacity, Reason.remark_on_capacity), ("capacity",)
)  # fmt: skip


def questions_for(line: ImportLine, standing: Opportunity) -> tuple[str, ...]:
    """Names of the questions that a row is asked, in the order of the steps; none where nothing is to be mended."""
    if any(note.reason in (Reason.same_as_earlier, Reason.deleted, Reason.no_listing) for note in line.notes):
        return ()
    wanted = {name for note in line.notes for name in _mended_by(note.reason)}
    if line.result is ImportResult.refused and standing.title is None:
        wanted.add("title")
    if wanted & {"entry", "spot"} and standing.online is not False:
        wanted.add("place")  # how one gets in is asked of a place alone
    return tuple(name for name in _QUESTIONS if name in wanted)


def fields_of(questions: Iterable[str]) -> list[str]:
    """The fields of some questions."""
    return [field for name in questions for field in _QUESTIONS[name][1]]


def mended(questions: Iterable[str], form: MultiDict[str, str], standing: Opportunity) -> Opportunity:
    """The draft with the answers in it. Raises InvalidInput with everything that cannot be read, all at once."""
    typed, asked = stated(standing), list(questions)
    for field in fields_of(asked):
        typed.poplist(field)
        for value in form.getlist(field):
            typed.add(field, value)
    problems: list[FieldProblem] = []
    draft = standing
    for step in dict.fromkeys(_QUESTIONS[name][0] for name in asked):
        try:
            draft = answered(step, typed, draft)
        except InvalidInput as error:
            problems += error.problems
    if problems:
        raise InvalidInput(problems)
    return draft


def _mended_by(reason: str) -> tuple[str, ...]:
    return _MENDED_BY.get(Reason(reason), ()) if reason in tuple(Reason) else ()

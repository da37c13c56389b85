"""Scoring from files: the API's own forms in, the reference output of SCORING §9 out; no database and no settings."""

from __future__ import annotations

import functools
import json
from datetime import datetime
from typing import Any, Final

from marshmallow import ValidationError

from matcher.api.forms.base import pointer_part
from matcher.api.forms.history import HistoryEntryForm, below, read_history
from matcher.api.forms.opportunity import CaseOpportunityForm
from matcher.api.forms.person import CasePersonForm
from matcher.api.forms.times import parse_moment
from matcher.api.strict_json import read_json
from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.domain.opportunity import Opportunity
from matcher.domain.opportunity_rules import order_problems
from matcher.domain.person import History, Person
from matcher.scoring.comfort import replay
from matcher.scoring.evaluation import evaluate
from matcher.scoring.reference import as_reference_json

CASE_FIELDS: Final = ("person", "opportunity", "history", "at", "requested")
FORMS_REMEMBERED: Final = 4096  # a batch crosses the same people and opportunities again and again


def score_line(line: bytes, at: datetime, *, requested: bool = False) -> dict[str, Any]:
    """The result of one line of a batch: the reference output, or `{"error": {"detail", "errors"}}`."""
    try:
        return score_case(read_json(line), at, requested=requested)
    except InvalidInput as refused:
        return {"error": {"detail": str(refused), "errors": error_items(refused)}}


def score_case(case: object, at: datetime, *, requested: bool = False) -> dict[str, Any]:
    """The reference output of `{"person", "opportunity", "history"?, "at"?, "requested"?}`.

    `at` and `requested` hold where the case itself says nothing. Raises InvalidInput, each problem at its pointer.
    """
    if not isinstance(case, dict):
        raise InvalidInput.at("", "Must be an object.")
    problems = [
        FieldProblem(f"/{pointer_part(name)}", f"A case states these only: {', '.join(CASE_FIELDS)}.")
        for name in case
        if name not in CASE_FIELDS
    ]
    problems += [FieldProblem(f"/{name}", "Must be stated.") for name in CASE_FIELDS[:2] if name not in case]
    read: dict[str, Any] = {}
    for name, reader in _READERS.items():
        if case.get(name) is not None or (name in case and name in CASE_FIELDS[:2]):
            try:
                read[name] = reader(case[name])
            except InvalidInput as refused:
                problems += below(f"/{name}", refused)
    if problems:
        raise InvalidInput(problems)
    return _scored(**{"history": History(), "at": at, "requested": requested, **read})


def error_items(refused: InvalidInput) -> list[dict[str, str]]:
    """The problems as an answer lists them."""
    return [{"pointer": problem.pointer, "detail": problem.detail} for problem in refused.problems]


def _scored(
    person: Person, opportunity: Opportunity, history: History, at: datetime, requested: bool
) -> dict[str, Any]:
    comfort = replay(person.comfort, history.entries)
    evaluation = evaluate(person, opportunity, history, at, comfort=comfort, requested=requested)
    return as_reference_json(evaluation, person.language)


def read_person(document: object) -> Person:
    """A person from their form. Raises InvalidInput."""
    return _person(_text(document))


def read_opportunity(document: object) -> Opportunity:
    """An opportunity from its form. Raises InvalidInput."""
    return _opportunity(_text(document))


def read_at(document: object) -> datetime:
    """A moment. Raises InvalidInput."""
    try:
        return parse_moment(document)
    except ValidationError as refused:
        raise InvalidInput.at("", str(refused.messages[0])) from None


def _read_requested(document: object) -> bool:
    if not isinstance(document, bool):
        raise InvalidInput.at("", "Must be true or false.")
    return document


def _text(document: object) -> str:
    return json.dumps(document)


@functools.cache
def _forms() -> tuple[CasePersonForm, CaseOpportunityForm, HistoryEntryForm]:
    return CasePersonForm(), CaseOpportunityForm(), HistoryEntryForm()


@functools.lru_cache(FORMS_REMEMBERED)
def _person(text: str) -> Person:
    person: Person = _forms()[0].read(json.loads(text))
    return person


@functools.lru_cache(FORMS_REMEMBERED)
def _opportunity(text: str) -> Opportunity:
    opportunity: Opportunity = _forms()[1].read(json.loads(text))
    found = [
        problem
        for index, session in enumerate(opportunity.sessions)
        for problem in order_problems(session, f"/sessions/{index}")
    ]
    if found:
        raise InvalidInput(found)
    return opportunity


def _read_history(document: object) -> History:
    return read_history(document, _forms()[2])


_READERS: Final = {
    "person": read_person,
    "opportunity": read_opportunity,
    "history": _read_history,
    "at": read_at,
    "requested": _read_requested,
}

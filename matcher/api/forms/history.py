"""The JSON form of a history: what happened to a person so far, oldest first (SCORING §9)."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import ValidationError, fields

from matcher.api.forms.base import PROBLEMS_MAX, Form
from matcher.api.forms.fields import Line
from matcher.api.forms.person import ID_MAX, RungsForm
from matcher.api.forms.times import Moment
from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.domain.person import History, HistoryEntry
from matcher.domain.values import HistoryOutcome, StayStep

ENTRIES_MAX: Final = 10_000  # far more than a life holds; keeps a slip from running for hours

# Something is learned from these (SCORING §4), so it has to be known what was asked.
LEARNED_FROM: Final = frozenset(
    {HistoryOutcome.ok, HistoryOutcome.left_early, HistoryOutcome.too_much, HistoryOutcome.answered_too_much}
)


class HistoryEntryForm(Form):
    """One thing that happened."""

    makes = HistoryEntry

    at = Moment(required=True)
    outcome = fields.Enum(HistoryOutcome, by_value=True, required=True)
    aspects = fields.Nested(RungsForm, load_default=None)
    opportunity_id = Line(max_length=ID_MAX, load_default=None)
    place_id = Line(max_length=ID_MAX, load_default=None)
    organisation_id = Line(max_length=ID_MAX, load_default=None)
    stay_step = fields.Enum(StayStep, by_value=True, load_default=None)

    def made_of(self, values: dict[str, Any]) -> HistoryEntry:
        """Where something is learned, what was asked must be known."""
        if values["outcome"] in LEARNED_FROM and values["aspects"] is None:
            raise ValidationError(
                {"aspects": ["Must be stated where something is learned from the outcome."]}
            )
        return HistoryEntry(**values)


def read_history(document: object, form: HistoryEntryForm) -> History:
    """A history from its JSON list. Raises InvalidInput, each problem at its pointer."""
    if not isinstance(document, list):
        raise InvalidInput.at("", "Must be a list, oldest first.")
    if len(document) > ENTRIES_MAX:
        raise InvalidInput.at("", f"At most {ENTRIES_MAX} entries fit here.")
    entries, problems = [], []
    for index, entry in enumerate(document):
        try:
            entries.append(form.read(entry))
        except InvalidInput as refused:
            problems += below(f"/{index}", refused)
    if problems:
        raise InvalidInput(problems[:PROBLEMS_MAX])
    return History(tuple(entries))


def below(at: str, refused: InvalidInput) -> list[FieldProblem]:
    """The same problems, found inside a larger document at the pointer `at`."""
    return [FieldProblem(at + problem.pointer, problem.detail) for problem in refused.problems]

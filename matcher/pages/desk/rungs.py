"""Rungs as they are chosen at the desk: from a list, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.domain.person import Person
from matcher.domain.values import RUNG_MAX, Aspect
from matcher.services.people.intake import Fields

HALVES: Final = tuple(half / 2 for half in range(int(2 * RUNG_MAX) + 1))
_NAMED: Final = {str(rung): rung for rung in HALVES}


def rung_fields(person: Person) -> Fields:
    """How each aspect stands, as a form sends it."""
    # As floats, as the list has them: a first contact that left a sentence open holds whole numbers.
    return {aspect.value: [str(float(getattr(person.comfort, aspect)))] for aspect in Aspect}


def chosen_rungs(form: Mapping[str, str], aspects: Iterable[Aspect]) -> dict[Aspect, float]:
    """The rung chosen for each of these aspects. Raises InvalidInput for what is no rung."""
    found = {aspect: _NAMED.get(form.get(aspect, "")) for aspect in aspects}
    wrong = [
        FieldProblem(f"/comfort/{aspect}", "Choose from the list.")
        for aspect, rung in found.items()
        if rung is None
    ]
    if wrong:
        raise InvalidInput(wrong)
    return {aspect: rung for aspect, rung in found.items() if rung is not None}

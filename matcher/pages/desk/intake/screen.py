"""How one question is shown, whether it belongs to a first contact or to somebody who is known already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Response
from werkzeug.datastructures import MultiDict

from matcher.domain.errors import AddressNotFound, Conflict, InvalidInput, TemporarilyUnavailable
from matcher.domain.intake import CAREFUL
from matcher.domain.person import ADULT_AGE_YEARS, Person
from matcher.domain.ports import Located, Precision
from matcher.domain.text import WORD_MAX, WORDS_MAX
from matcher.domain.values import GeoPoint, Requirement, TravelMode
from matcher.pages.desk.intake import choices
from matcher.pages.desk.intake.questions import NAMES, QUESTIONS, neighbours
from matcher.pages.desk.intake.reading import BETWEEN, chosen_place
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import preferred_language, room
from matcher.pages.typed import plain_digits, western_year

LOOK: Final = "look"  # the button that looks a place up
START: Final = "start"


@dataclass(frozen=True, slots=True)
class Spot:
    """One place to choose: what the form sends, its name, and whether it is only the middle of a town."""

    value: str
    label: str
    is_rough: bool


@dataclass(frozen=True, slots=True)
class Screen:
    """One question. `at` gives the address of another one; `person` is how things stand, `seen` the mark of it."""

    name: str
    form: MultiDict[str, str]
    seen: str
    person: Person
    at: Callable[[str | None], str]
    out: str
    is_draft: bool
    can_move: bool = True
    answered: frozenset[str] = frozenset(NAMES)
    refused: InvalidInput | None = None
    conflict: Conflict | None = None
    places: tuple[Spot, ...] | None = None
    map_is_away: bool = False

    @property
    def may_stay_open(self) -> bool:
        """Whether there is a careful answer to be assumed."""
        return not QUESTIONS[self.name].needed

    @property
    def wrong(self) -> frozenset[str]:
        """The fields that need another value."""
        found = self.refused.problems if self.refused else ()
        return frozenset(_field(one.pointer) for one in found)

    @property
    def status(self) -> HTTPStatus:
        """What a program reads of it."""
        if self.conflict is not None:
            return HTTPStatus.CONFLICT
        return HTTPStatus.UNPROCESSABLE_ENTITY if self.refused else HTTPStatus.OK


def show_screen(screen: Screen) -> Response:
    """The page of one question."""
    before, after = neighbours(screen.name)
    return desk_page(
        f"intake/{screen.name}.html",
        status=screen.status,
        screen=screen,
        typed=screen.form,
        wrong=screen.wrong,
        person=screen.person,
        careful=CAREFUL,
        names=NAMES,
        nth=NAMES.index(screen.name) + 1,
        before=before,
        after=after,
        chosen_label=chosen_place(screen.form.get("candidate", ""))[2],
        is_minor=_is_minor(screen.form.get("birth_year", "")),
        choices=choices,
        requirements=tuple(Requirement),
        modes=tuple(TravelMode),
        word_max=WORD_MAX,
        words_max=WORDS_MAX,
    )


def looked_up(form: MultiDict[str, str]) -> tuple[tuple[Spot, ...], bool]:
    """Every place that the typed name may mean, and whether the map is out of reach."""
    try:
        found = room().outside.geocoder.candidates(form.get("place", ""), language=preferred_language())
    except AddressNotFound:
        return (), False
    except TemporarilyUnavailable:
        return (), True
    fine = [one for one in found if one.precision is not Precision.region]
    return tuple(dict.fromkeys(map(_spot, fine))), False


def _spot(found: Located) -> Spot:
    """On the grid already (CARE 20). The name of a house is nobody's to keep: what was typed stands for it."""
    point = GeoPoint(found.latitude, found.longitude).snapped()
    label = found.label if found.precision is not Precision.address else ""
    value = BETWEEN.join((str(point.latitude), str(point.longitude), label))
    return Spot(value, found.label, found.precision is Precision.city)


def _field(pointer: str) -> str:
    """The field of the form that a pointer means; of a supporter it is all of them."""
    name = pointer.strip("/").replace("/", ".")
    return "supporters" if name.startswith("supporters") else name


def _is_minor(typed: str) -> bool:
    """Whether a year of birth is that of somebody under age, so that it is said kindly (CARE 13)."""
    year, typed = room().outside.clock().year, plain_digits(western_year(typed))
    return typed.isdecimal() and len(typed) == 4 and year - ADULT_AGE_YEARS < int(typed) <= year

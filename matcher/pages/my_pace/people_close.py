"""Who may get a copy of a plan: family or a friend, by the person's own yes, taken back as easily (CARE 10)."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from flask import Response, request

from matcher.domain.errors import InvalidInput
from matcher.domain.intake import ALIAS_MAX, TEXT_VERSION
from matcher.domain.person import Consent, Contact, Person, Supporter
from matcher.domain.values import Purpose
from matcher.pages.my_pace.access import Mine, own_pages, to_change, to_look
from matcher.pages.showing import room
from matcher.pages.typed import Answers
from matcher.services.mail_address import deliverable
from matcher.services.my_pace import own_words
from matcher.services.people import people

SUBJECT: Final = "close"
CLOSE_MAX: Final = 10  # judgement, 2026-11

pages = own_pages("my_pace_close")


@pages.get("/close")
@to_look
def look(mine: Mine) -> Response:
    """Who they are, and who may know; changes nothing (CARE 9)."""
    return mine.page("close.html", wrong=())


@pages.post("/close")
@to_change
def add(mine: Mine) -> Response:
    """Somebody close to them, who gets a copy from now on."""
    said = Answers(request.form)
    relation = said.line("relation", longest=ALIAS_MAX)
    address = deliverable(said.typed("address"))
    if relation is None:
        said.refuse("relation", "A word for who it is.")
    if address is None:
        said.refuse("address", "A mail address such as name@example.org.")
    if len(mine.person.supporters) >= CLOSE_MAX:
        said.refuse("relation", "There is no room for more.")
    if said.problems or relation is None or address is None:
        wrong = {problem.pointer.strip("/") for problem in said.problems}
        return mine.page("close.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, wrong=wrong)
    known = [
        one for one in mine.person.supporters if one.contact.address.casefold() != address.casefold()
    ]  # named once more, they are still one
    new = Supporter(relation, Contact("email", address), receives_copy=True)
    return _save(mine, (*known, new), agrees=True)


@pages.post("/close/<int:place>/<deed>")
@to_change
def turn(mine: Mine, place: int, deed: str) -> Response:
    """Give the copy, take it back, or forget somebody; what is there no longer changes nothing."""
    close = list(mine.person.supporters)
    if place >= len(close) or request.form.get("address") != close[place].contact.address:
        return mine.go("my_pace_close.look")
    if deed == "forget":
        del close[place]
    elif deed in ("give", "take"):
        close[place] = replace(close[place], receives_copy=deed == "give")
    return _save(mine, tuple(close), agrees=deed == "give")


def _save(mine: Mine, close: tuple[Supporter, ...], *, agrees: bool) -> Response:
    """The consent goes with it: given by who gives a copy, and taken back with the last one (CARE 21)."""
    now = room().outside.clock()
    person: Person = replace(mine.person, supporters=close)
    agreed = person.agreed_to(Purpose.supporter_copy, now)
    if agrees and not agreed:
        given = Consent(Purpose.supporter_copy, TEXT_VERSION, now)
        person = replace(person, consents=(*person.consents, given))
    elif agreed and not any(one.receives_copy for one in close):
        taken = tuple(
            replace(one, withdrawn_at=now)
            if one.purpose is Purpose.supporter_copy and one.in_force(now)
            else one
            for one in person.consents
        )
        person = replace(person, consents=taken)
    if person != mine.person:
        try:
            people.change(mine.session, mine.row, person, now, given_by=own_words.THEMSELVES)
        except InvalidInput:
            return mine.page("close.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, wrong=("address",))
        own_words.note(mine.session, mine.row, SUBJECT, now)
    return mine.go("my_pace_close.look", kept=True)

"""What is known about somebody, for themselves: in words, as a file to keep, and to erase."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request

from matcher.domain.audit import Act
from matcher.domain.intake import TEXT_VERSION
from matcher.domain.person import Consent
from matcher.domain.values import Purpose
from matcher.pages.handing_over import file_for_themselves
from matcher.pages.my_pace.access import Mine, keep, looking, own_pages, to_change, to_look
from matcher.pages.showing import room, show
from matcher.services.my_pace import own_words
from matcher.services.people import people
from matcher.storage.people import histories

pages = own_pages("my_pace_record")


@pages.get("/known")
@to_look
def known(mine: Mine) -> Response:
    """What is known and what happened, in words; changes nothing (CARE 9)."""
    now = room().outside.clock()
    past = histories(mine.session, [mine.row.id]).get(mine.row.id, [])
    agreed = [one for one in mine.person.consents if one.in_force(now)]
    may_agree = not mine.person.agreed_to(Purpose.matching, now)
    return mine.page("known.html", past=list(reversed(past)), agreed=agreed, may_agree=may_agree)


@pages.get("/known/record.json")
@looking(Act.person_exported)
def export(mine: Mine) -> Response:
    """Everything kept about them, as a file."""
    return file_for_themselves(mine.session, mine.row.id, mine.person, room().outside.clock())


@pages.get("/known/consents/<consent_id>")
@to_look
def before(mine: Mine, consent_id: str) -> Response:
    """What follows from taking an agreement back, before it is; changes nothing (CARE 9)."""
    agreed = [one for one in mine.person.consents if one.in_force(room().outside.clock())]
    given = next((one for one in agreed if one.id == consent_id), None)
    return mine.go("my_pace_record.known") if given is None else mine.page("take_back.html", given=given)


@pages.post("/known/consents/<consent_id>")
@to_change
def take_back(mine: Mine, consent_id: str) -> Response:
    """Take back what they agreed to; everything that rests on it stops (CARE 21)."""
    now = room().outside.clock()
    taken_back = people.withdraw_consent(mine.session, mine.row, consent_id, now)
    own_words.note(mine.session, mine.row, f"no_{taken_back.purpose}", now)
    return mine.go("my_pace_record.known", kept=True)


@pages.post("/known/consents")
@to_change
def agree(mine: Mine) -> Response:
    """Agree, by their own hand, that ideas are looked for; the others are agreed to in a talk."""
    now = room().outside.clock()
    if not mine.person.agreed_to(Purpose.matching, now):
        given = Consent(Purpose.matching, TEXT_VERSION, now)
        people.consent(mine.session, mine.row, given, own_words.THEMSELVES, now)
        own_words.note(mine.session, mine.row, "yes_matching", now)
    return mine.go("my_pace_record.known", kept=True)


@pages.get("/end")
@to_look
def ask(mine: Mine) -> Response:
    """Before everything is erased; changes nothing (CARE 9)."""
    return mine.page("end.html", unsure=False)


@pages.post("/end")
@to_change
def erase(mine: Mine) -> Response:
    """Erase everything, when the tick says that it is meant."""
    if request.form.get("sure") != "on":
        return mine.page("end.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, unsure=True)
    own_words.leave(mine.session, mine.row, room().outside.clock())
    return keep(show("my_pace/ended.html", language=mine.language), "")

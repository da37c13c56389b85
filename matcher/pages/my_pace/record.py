"""What is known about somebody, for themselves: in words, as a file to keep, and to erase."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, current_app, request
from flask_babel import force_locale

from matcher.domain.audit import Act
from matcher.domain.intake import TEXT_VERSION
from matcher.domain.person import Consent
from matcher.domain.values import Aspect, Purpose
from matcher.pages.desk.record import json_file
from matcher.pages.my_pace.access import Mine, keep, looking, own_pages, to_change, to_look
from matcher.pages.pictures import nearest
from matcher.pages.showing import room, show
from matcher.services.my_pace import exporting, own_words
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
    now = room().outside.clock()
    found = exporting.export_for_themselves(mine.session, mine.row.id, _in_words(mine), now)
    return json_file(found)


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


def _in_words(mine: Mine) -> dict[str, list[str]]:
    """What is believed to be all right for them: the sentence for each aspect, never its number (CARE 5)."""
    with force_locale(mine.language):
        said: Any = current_app.jinja_env.get_template("pictures.html").make_module().rung_sentences  # type: ignore[attr-defined]
    comfort = mine.person.comfort
    return {"comfortable": [str(said[aspect][nearest(getattr(comfort, aspect))]) for aspect in Aspect]}

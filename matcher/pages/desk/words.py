"""Taking up what a person asked by their own hand."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from matcher.pages.showing import go, room
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.my_pace import own_words

pages = Blueprint("desk_words", __name__, url_prefix="/desk/words")


@pages.post("/<word_id>/heard")
@signed_in(Role.caseworker)
def hear(caller: Caller, word_id: str) -> Response:
    """Somebody turns to them about it."""
    outside = room().outside
    with outside.database.writing() as session:
        person_id = own_words.hear(session, caller, word_id, outside.clock())
    return go(url_for("desk_person.look", person_id=person_id))

"""What is done at the desk: each a POST that leads back to the person's page, or says there what stood in its way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from matcher.domain.errors import Conflict, FieldProblem, InvalidInput, NotFound
from matcher.domain.text import NOTES_MAX, UnfitText, clean_text
from matcher.domain.values import Aspect, Outcome, is_id
from matcher.pages.desk.person import person_page
from matcher.pages.desk.rungs import chosen_rungs, rung_fields
from matcher.pages.showing import go, room
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.answers import correcting, visiting
from matcher.services.asking import inviting
from matcher.services.desk import handing_over
from matcher.services.finding import set_aside as set_aside_matches
from matcher.services.people import intake, people, talks
from matcher.storage.engine import Database
from matcher.storage.invitations import has_begun
from matcher.storage.people import person_of
from matcher.storage.tables import InvitationRow, MatchRow, PersonRow

# Why a proposal is set aside: about the proposal and the moment, never about what somebody lacks.
SET_ASIDE_REASONS: Final = ("too_much", "not_their_thing", "bad_time", "that_place", "other_first")

_TURNS: Final = {
    "pause": people.pause, "resume": people.resume, "freeze": people.freeze, "unfreeze": people.unfreeze,
}  # fmt: skip

pages = Blueprint("desk_deeds", __name__, url_prefix="/desk")


@pages.post("/matches/<match_id>/approve")
@signed_in(Role.caseworker)
def approve(caller: Caller, match_id: str) -> Response:
    """The yes: the letter goes out at the next good hour."""
    return _about_match(
        caller,
        match_id,
        "approved",
        lambda session, match: inviting.approve(session, match, caller.id, _now()),
    )


@pages.post("/matches/<match_id>/set-aside")
@signed_in(Role.caseworker)
def set_aside(caller: Caller, match_id: str) -> Response:
    """Not this one, and why."""
    reason = _one_of("reason", SET_ASIDE_REASONS)
    return _about_match(
        caller,
        match_id,
        "set_aside",
        lambda session, match: inviting.set_aside(session, match, reason, _now()),
    )


@pages.post("/matches/<match_id>/take-up")
@signed_in(Role.caseworker)
def take_up(caller: Caller, match_id: str) -> Response:
    """What was set aside may be offered again."""
    return _about_match(
        caller, match_id, "taken_up", lambda session, match: set_aside_matches.take_up(session, match, _now())
    )


@pages.post("/invitations/<invitation_id>/visit")
@signed_in(Role.caseworker)
def record_visit(caller: Caller, invitation_id: str) -> Response:
    """How it went, in the person's own word; before it has begun it can still be called off, and that is offered instead."""
    outcome = Outcome(_one_of("outcome", tuple(Outcome)))

    def note(session: Session, row: InvitationRow) -> None:
        if not has_begun(row, _now()):
            raise Conflict("This visit has not begun yet.", code="not_begun")
        visiting.record_visit(session, row, outcome, _now())

    done = "visit_too_much" if outcome is Outcome.too_much else "visit"
    return _about_invitation(caller, invitation_id, done, note)


@pages.post("/invitations/<invitation_id>/visit/correct")
@signed_in(Role.caseworker)
def correct_visit(caller: Caller, invitation_id: str) -> Response:
    """It was noted wrongly, and is noted anew."""
    outcome = Outcome(_one_of("outcome", tuple(Outcome)))
    return _about_invitation(
        caller,
        invitation_id,
        "corrected",
        lambda session, row: correcting.correct_visit(session, row, outcome, _now()),
    )


@pages.post("/invitations/<invitation_id>/withdraw")
@signed_in(Role.caseworker)
def withdraw(caller: Caller, invitation_id: str) -> Response:
    """Take an invitation back."""
    return _about_invitation(
        caller, invitation_id, "withdrawn", lambda session, row: inviting.withdraw(session, row, _now())
    )


@pages.post("/people/<person_id>/talks")
@signed_in(Role.caseworker)
def record_talk(caller: Caller, person_id: str) -> Response:
    """They talked, perhaps of what is comfortable; what waited for that may go on, once a tick says that it is meant."""
    sure, once = request.form.get("talked") == "on", request.form.get("once", "")

    def note(session: Session, row: PersonRow) -> None:
        if row.talk_reason is not None and not sure:
            raise Conflict("Say that you have talked; what waits for it goes on then.", code="unsure")
        try:
            notes = clean_text(request.form.get("notes", ""), max_length=NOTES_MAX) or None
        except UnfitText as unfit:
            raise Conflict(str(unfit), code="unfit") from None
        said, talk_id = _said(), once if is_id(once) else None
        if said and talks.noted(session, row, talk_id) is None:
            _unless_moved(row)
        talks.note(session, row, caller, notes, _now(), talk_id, said)

    return _about_person(caller, person_id, "talked", note)


@pages.post("/people/<person_id>/hand-over")
@signed_in(Role.caseworker)
def hand_over(caller: Caller, person_id: str) -> Response:
    """A colleague accompanies them from now on."""
    to = request.form.get("caseworker_id", "")
    return _about_person(
        caller,
        person_id,
        "handed_over",
        lambda session, row: handing_over.hand_over(session, row, to, caller, _now()),
    )


@pages.post("/people/<person_id>/<deed>")
@signed_in(Role.caseworker)
def turn(caller: Caller, person_id: str, deed: str) -> Response:
    """Pause, resume, stop everything, or let it go on."""
    turning = _TURNS.get(deed)
    if turning is None:
        raise NotFound("This is nothing that is done here.")
    return _about_person(caller, person_id, deed, lambda session, row: turning(session, row, _now()))


def _about_match(
    caller: Caller, match_id: str, done: str, deed: Callable[[Session, MatchRow], object]
) -> Response:
    with _database().reading() as session:
        person_id = inviting.get_match(session, caller, match_id).person_id
    return _do(
        caller, person_id, done, lambda session: deed(session, inviting.get_match(session, caller, match_id))
    )


def _about_invitation(
    caller: Caller, invitation_id: str, done: str, deed: Callable[[Session, InvitationRow], object]
) -> Response:
    with _database().reading() as session:
        person_id = visiting.get_invitation(session, caller, invitation_id).person_id
    return _do(
        caller,
        person_id,
        done,
        lambda session: deed(session, visiting.get_invitation(session, caller, invitation_id)),
    )


def _about_person(
    caller: Caller, person_id: str, done: str, deed: Callable[[Session, PersonRow], object]
) -> Response:
    return _do(
        caller, person_id, done, lambda session: deed(session, people.locked(session, caller, person_id))
    )


def _do(caller: Caller, person_id: str, done: str, deed: Callable[[Session], object]) -> Response:
    """Do it and go back to the person it was about, where `done` is said; so is what stood in its way."""
    try:
        with _database().writing() as session:
            deed(session)
    except Conflict as conflict:
        return person_page(caller, person_id, conflict)
    return go(url_for("desk_person.look", person_id=person_id, done=done))


def _unless_moved(row: PersonRow) -> None:
    """Raise Conflict where what is comfortable is not what stood beside the lists: half the way is from there."""
    if intake.mark(rung_fields(person_of(row))) != request.form.get("seen"):
        raise Conflict("What is comfortable has changed meanwhile.", code="state")


def _said() -> dict[Aspect, float]:
    """What they said is comfortable now; an aspect that was not spoken of is left empty."""
    try:
        return chosen_rungs(request.form, [aspect for aspect in Aspect if request.form.get(aspect)])
    except InvalidInput:
        raise Conflict("Choose from the list what is comfortable.", code="no_rung") from None


def _one_of(name: str, known: tuple[str, ...]) -> str:
    """The value of a button. Raises InvalidInput for any other."""
    value = request.form.get(name, "")
    if value not in known:
        raise InvalidInput([FieldProblem(f"/{name}", f"One of {', '.join(known)}.")])
    return value


def _database() -> Database:
    return room().outside.database


def _now() -> datetime:
    return room().outside.clock()

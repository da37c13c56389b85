"""The page of an invitation: it shows, and what the person posts is done; the link is the authority (CARE 9, 25)."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from matcher.domain.errors import Conflict, FieldProblem, InvalidInput, NotFound
from matcher.domain.invitation import Answer
from matcher.domain.text import TEXT_MAX, UnfitText, clean_text
from matcher.mail.calendar import invitation_entry
from matcher.mail.wording import details, when_lines
from matcher.pages.showing import guard, room, show
from matcher.services.answers import answering
from matcher.services.answers.answering import Deed, Opened, View
from matcher.services.asking.letters import CALENDAR_UID_DOMAIN

BODY_MAX_BYTES: Final = 4096  # judgement, 2026-11: ten times what the longest form here can send

QUESTION_BODY_MAX_BYTES: Final = 32 * 1024  # the longest question, each letter as three escaped bytes

# A pause ends these silently, so the page speaks of the pause alone, also before the invitation has followed it.
_ENDED_BY_A_PAUSE: Final = (View.open, View.withdrawn, View.expired)

pages = Blueprint("invitation", __name__)


@pages.get("/i/<token>")
def look(token: str) -> Response:
    """The invitation as it stands; changes nothing (CARE 9)."""
    return _page(_find(token))


@pages.get("/i/<token>/calendar.ics")
def calendar(token: str) -> Response:
    """The calendar entry of an accepted visit, the same as in the letter; it carries the time alone (CARE 7)."""
    opened, outside = _find(token), room().outside
    entry = None
    if opened.view is View.accepted:
        uid = f"{opened.invitation_id}@{CALENDAR_UID_DOMAIN}"
        now, sender = outside.clock(), outside.sender
        entry = invitation_entry(opened.card, uid=uid, sequence=opened.version, now=now, sender=sender)
    if entry is None:
        raise NotFound("There is no calendar entry for this.")
    response = Response(entry, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response.headers["Content-Disposition"] = 'attachment; filename="calendar.ics"'
    return guard(response)


@pages.get("/i/<token>/question")
def question(token: str) -> Response:
    """Where a question to whoever accompanies them is written; changes nothing (CARE 9)."""
    return _question_page(_find(token))


@pages.post("/i/<token>/question")
def ask(token: str) -> Response:
    """Pass the question on. Sending it once more changes nothing."""
    request.max_content_length = QUESTION_BODY_MAX_BYTES
    outside = room().outside
    try:
        said = clean_text(request.form.get("question", ""), max_length=TEXT_MAX)
    except UnfitText:
        said = ""
    if not said:
        return _question_page(_find(token), unread=True)
    try:
        with outside.database.writing() as session:
            opened = answering.ask(session, token, said, outside.clock())
    except Conflict:
        return _question_page(_find(token), too_many=said)
    if opened is None:
        raise _unknown()
    return _question_page(opened, asked=True)


@pages.post("/i/<token>")
def answer(token: str) -> AnyResponse:
    """Do what the person chose, and show how things stand then. Sending it once more changes nothing."""
    request.max_content_length = BODY_MAX_BYTES
    outside = room().outside
    try:
        deed, pause = _chosen()
        with outside.database.writing() as session:
            opened = answering.answer(session, token, deed, outside.clock(), pause=pause)
    except InvalidInput:
        return _page(_find(token), notice="unread")
    if opened is None:
        raise _unknown()
    return _page(opened, notice=_notice(deed, opened))


def _notice(deed: str, opened: Opened) -> str:
    """What became of what was just chosen, where the page as such does not say it: that it was not done, or is not in sight."""
    if deed in set(Answer) and opened.answer != deed:
        return "stands" if opened.answer else "closed"
    if deed == Deed.undo and opened.view in (View.accepted, View.declined):
        return "no_more_undo"
    if deed == Deed.cancel and opened.view in (View.accepted, View.over):
        return "begun"
    done: dict[str, bool] = {
        Deed.bring: opened.brings_somebody, Deed.come_alone: not opened.brings_somebody,
        Deed.remind: opened.reminds, Deed.do_not_remind: not opened.reminds,
    }  # fmt: skip
    return deed if opened.view is View.accepted and done.get(deed) else ""


def _chosen() -> tuple[str, bool]:
    """What the form says: one answer, a pause, or both. Raises InvalidInput for anything else."""
    answers, pauses = request.form.getlist("answer"), request.form.getlist("pause")
    if len(answers) > 1 or not set(pauses) <= {"on"} or not (any(answers) or pauses):
        raise InvalidInput([FieldProblem("/answer", "One answer, `pause=on`, or both.")])
    return "".join(answers), bool(pauses)


def _find(token: str) -> Opened:
    outside = room().outside
    with outside.database.reading() as session:
        opened = answering.open_invitation(session, token, outside.clock())
    if opened is None:
        raise _unknown()
    return opened


def _page(opened: Opened, *, notice: str = "") -> Response:
    """How things stand, and first, by its name in the template, what became of what was just chosen."""
    card = opened.card
    resting = (opened.paused or opened.stopped) and opened.view in _ENDED_BY_A_PAUSE
    return show(
        f"invitation/{'resting' if resting else opened.view}.html",
        language=card.language,
        status=422 if notice == "unread" else 200,
        opened=opened,
        card=card,
        details=details(card),
        when=when_lines(card),
        notice=notice,
    )


def _question_page(
    opened: Opened, *, unread: bool = False, asked: bool = False, too_many: str = ""
) -> Response:
    """`too_many`: what is not passed on while others wait to be read; it stays as it was written."""
    return show(
        "invitation/question.html",
        language=opened.card.language,
        status=422 if unread else 409 if too_many else 200,
        opened=opened,
        card=opened.card,
        when=when_lines(opened.card),
        not_passed_on=unread,
        asked=asked,
        too_many=too_many,
    )


def _unknown() -> NotFound:
    return NotFound("This link was given to nobody.")

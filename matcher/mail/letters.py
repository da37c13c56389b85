"""Every letter Matcher writes, one function each: neutral outside, plain and warm inside (CARE 6, 7, 10, 17, 22)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, TypedDict, Unpack

from matcher.domain.card import Card, Visitor
from matcher.domain.errors import MailPermanentError
from matcher.domain.ports import OutgoingMail
from matcher.mail.rendering import render
from matcher.mail.wording import (
    details,
    facts_in_words,
    needs_in_words,
    short_details,
    when_lines,
    written_language,
)

_LINK: Final = re.compile(r"https?://[^\s<>\"]+", re.ASCII)


class Post(TypedDict):
    """Where a letter goes. `message_id` (`<…@…>`) is the same at every try; `sender` is the setting's text."""

    to: str
    message_id: str
    sender: str


class OwnPost(Post):
    """What every letter to a person carries besides; `help_lines` is by language, a line each (CARE 4, 12)."""

    pause_url: str
    pace_url: str
    help_lines: Mapping[str, str]


class PersonPost(OwnPost):
    """A letter to a person about an invitation: with the link to its page."""

    answer_url: str


class Reason(StrEnum):
    """Why a caseworker is written to."""

    undeliverable = "undeliverable"
    answered_too_much = "answered_too_much"
    visit_too_much = "visit_too_much"
    no_answer = "no_answer"
    frozen = "frozen"
    opened_elsewhere = "opened_elsewhere"
    asked = "asked"
    called_off = "called_off"
    erased = "erased"
    handed_over = "handed_over"


def invitation(card: Card, **post: Unpack[PersonPost]) -> OutgoingMail:
    """The invitation itself, with one link to its page."""
    return _to_person("invitation", card, post)


def accepted(card: Card, *, calendar: bytes | None, **post: Unpack[PersonPost]) -> OutgoingMail:
    """Thanks for a yes, with the calendar entry."""
    return _to_person("accepted", card, post, calendar=calendar)


def cancelled_by_person(
    card: Card, *, calendar: bytes | None, open_again: bool = False, **post: Unpack[PersonPost]
) -> OutgoingMail:
    """It is off, as they wished; `calendar` is the cancellation. `open_again`: a yes was undone, they can answer anew."""
    return _to_person(
        "cancelled_by_person", card, post, calendar=calendar, method="CANCEL", open_again=open_again
    )


def changed(
    card: Card, *, calendar: bytes | None, changes: Iterable[str] = (), **post: Unpack[PersonPost]
) -> OutgoingMail:
    """An accepted visit is now as the card says; `changes` are names from `TOLD_FACTS`."""
    said = facts_in_words(changes, card.language)
    return _to_person("changed", card, post, calendar=calendar, changes=said)


def called_off(
    card: Card, *, calendar: bytes | None, by_organiser: bool = True, **post: Unpack[PersonPost]
) -> OutgoingMail:
    """An accepted visit does not take place; `by_organiser` False leaves out whose decision it was."""
    return _to_person("called_off", card, post, calendar=calendar, method="CANCEL", by_organiser=by_organiser)


def withdrawn(card: Card, **post: Unpack[PersonPost]) -> OutgoingMail:
    """A sent, unanswered invitation no longer holds because of the organiser."""
    return _to_person("withdrawn", card, post)


def reminder(card: Card, **post: Unpack[PersonPost]) -> OutgoingMail:
    """One letter before an accepted visit, because they asked for it."""
    return _to_person("reminder", card, post)


def pace_code(code: str, *, language: str, **post: Unpack[OwnPost]) -> OutgoingMail:
    """The six digits that open somebody's own pages; they stand in the letter alone, never in its subject (CARE 7)."""
    return _own("pace_code", language, post, code=code)


def visitor_announced(visitor: Visitor, *, known: bool = False, **post: Unpack[Post]) -> OutgoingMail:
    """To the organisation: a guest has said yes; `known`: they were told so before, and this is what has changed."""
    return _about_visitor("visitor_announced", visitor, post, known=known)


def visitor_cancelled(visitor: Visitor, **post: Unpack[Post]) -> OutgoingMail:
    """To the organisation: a guest is not coming, without a reason."""
    return _about_visitor("visitor_cancelled", visitor, post)


def supporter_copy(card: Card, *, language: str, **post: Unpack[Post]) -> OutgoingMail:
    """To family or a friend, for a visit the person has accepted and by their consent only: what, when and where.

    It never holds the link that answers: they neither accept nor decline for anybody (CARE 10).
    """
    return _letter("supporter_copy", language, post, card=card, details=short_details(card))


def caseworker_notice(
    *, reason: Reason, alias: str, person_id: str, desk_url: str, language: str, **post: Unpack[Post]
) -> OutgoingMail:
    """To a caseworker: something needs a human."""
    return _letter(
        "caseworker_notice",
        language,
        post,
        reference=person_id,
        reason=reason,
        alias=alias,
        desk_url=_link(desk_url),
    )


def account_set_up(
    *, link_url: str, language: str, organisation: str | None = None, **post: Unpack[Post]
) -> OutgoingMail:
    """To somebody who is invited to sign in, for their `organisation`: the link that sets it up, good once and for a week."""
    return _letter("account_set_up", language, post, link_url=_link(link_url), organisation=organisation)


def account_anew(*, link_url: str, language: str, **post: Unpack[Post]) -> OutgoingMail:
    """To somebody whose sign-in an admin has begun anew: the link that sets it up once more, good once and for a week."""
    return _letter("account_anew", language, post, link_url=_link(link_url))


def account_recover(*, link_url: str, language: str, **post: Unpack[Post]) -> OutgoingMail:
    """To somebody who asked for a new password: the link that lets them choose one, good once and for an hour."""
    return _letter("account_recover", language, post, link_url=_link(link_url))


def account_changed(*, recovery_url: str, language: str, **post: Unpack[Post]) -> OutgoingMail:
    """To somebody whose password or app was changed, in case it was not they."""
    return _letter("account_changed", language, post, recovery_url=_link(recovery_url))


def admin_made(*, admins_url: str, language: str, **post: Unpack[Post]) -> OutgoingMail:
    """To the other admins: there is one more of them, in case nobody knows of it."""
    return _letter("admin_made", language, post, admins_url=_link(admins_url))


def key_made(*, language: str, **post: Unpack[Post]) -> OutgoingMail:
    """To whoever signs in for somebody in whose name a key for programs was made, in case it was not they."""
    return _letter("key_made", language, post)


def _to_person(
    letter: str,
    card: Card,
    post: PersonPost,
    *,
    calendar: bytes | None = None,
    method: str = "PUBLISH",
    **values: Any,
) -> OutgoingMail:
    values |= {
        "card": card,
        "details": details(card),
        "when": when_lines(card),
        "answer_url": _link(post["answer_url"]),
        "has_calendar": calendar is not None,
    }
    return _own(letter, card.language, post, calendar=calendar, method=method, **values)


def _own(letter: str, language: str, post: OwnPost, **values: Any) -> OutgoingMail:
    """A letter to a person: it can pause everything, leads to their own pages, and names somebody to talk to."""
    pause_url, code = _link(post["pause_url"]), written_language(language)
    help_text = post["help_lines"].get(code, "")
    values |= {
        "pause_url": pause_url,
        "pace_url": _link(post["pace_url"]),
        "help_lines": [line.strip() for line in help_text.splitlines() if line.strip()],
    }
    one_click = {
        "List-Unsubscribe": f"<{pause_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
    }
    return _letter(letter, code, post, headers=one_click, **values)


def _about_visitor(letter: str, visitor: Visitor, post: Post, **values: Any) -> OutgoingMail:
    return _letter(
        letter,
        visitor.language,
        post,
        reference=visitor.opportunity_id,
        visitor=visitor,
        details=short_details(visitor),
        needs=needs_in_words(visitor.needs, visitor.language),
        **values,
    )


def _letter(
    letter: str,
    language: str,
    post: Post,
    *,
    calendar: bytes | None = None,
    method: str = "PUBLISH",
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> OutgoingMail:
    rendered = render(letter, language, **values)
    return OutgoingMail(
        message_id=post["message_id"],
        to=post["to"],
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        calendar=calendar,
        calendar_method=method,
        headers={
            "From": post["sender"],
            "Content-Language": written_language(language),
            "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday replies
            **(headers or {}),
        },
    )


def _link(url: str) -> str:
    if not _LINK.fullmatch(url):
        raise MailPermanentError(
            "A link in a letter must be a whole address such as https://example.org/page."
        )
    return url

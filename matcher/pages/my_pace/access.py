"""The door of somebody's own pages: the link says whose they are, the cookie that a code was given in this browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.person import Person
from matcher.domain.values import Language
from matcher.mail.wording import written_language
from matcher.pages.desk.saying import Sayings
from matcher.pages.showing import go, room, show
from matcher.services.access import pace_access
from matcher.services.audit import auditing
from matcher.services.people import people
from matcher.storage.people import person_of
from matcher.storage.tables import PersonRow

BODY_MAX_BYTES: Final = 16 * 1024  # judgement, 2026-11: far more than the longest form here can send
COOKIE: Final = "matcher-pace"

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Mine:
    """One request about somebody's own pages. `row` is locked where something may be changed."""

    session: Session
    token: str
    row: PersonRow
    person: Person

    @property
    def language(self) -> Language:
        """The language they are written to."""
        return written_language(self.person.language)

    def page(self, template: str, *, status: int = 200, **values: object) -> Response:
        """One of their pages, in their language."""
        return show(
            f"my_pace/{template}", language=self.language, status=status, token=self.token, mine=self,
            row=self.row, person=self.person, say=Sayings(self.language), **values,
        )  # fmt: skip

    def go(self, endpoint: str = "my_pace.look", *, kept: bool = False, resumed: bool = False) -> Response:
        """Another of their pages, by GET; `kept` lets it say that something was saved, `resumed` that a rest is over."""
        return go(
            url_for(endpoint, token=self.token, kept=1 if kept else None, resumed=1 if resumed else None)
        )


View = Callable[Concatenate[Mine, P], Response]


def own_pages(name: str) -> Blueprint:
    """Some of somebody's own pages: the link is in every address, and no form may be large."""
    made = Blueprint(name, __name__, url_prefix="/me/<token>")

    @made.before_request
    def keep_small() -> None:
        request.max_content_length = BODY_MAX_BYTES

    return made


def looking(act: Act) -> Callable[[View[P]], Callable[..., Response]]:
    """A view that only looks; the trail says so before it is shown (CARE 23).

    Before the code it leads to the page that gives one. Raises NotFound for an unknown link.
    """

    def guard_it(view: View[P]) -> Callable[..., Response]:
        @wraps(view)
        def guarded(token: str, *args: P.args, **kwargs: P.kwargs) -> Response:
            outside = room().outside
            with outside.database.reading() as session:
                person_id = _visitor(session, token)
                if person_id is None:
                    return go(url_for("my_pace_door.ask", token=token))
                row = session.get_one(PersonRow, person_id)
                page = view(Mine(session, token, row, person_of(row)), *args, **kwargs)
            by = auditing.Somebody("person", person_id)
            auditing.note_reading(outside.database, act, outside.clock(), about=f"person:{person_id}", by=by)
            return page

        return guarded

    return guard_it


to_look: Final = looking(Act.person_read)


def to_change(view: Callable[Concatenate[Mine, P], Response]) -> Callable[..., Response]:
    """A view that changes something, in one transaction with the person locked."""

    @wraps(view)
    def guarded(token: str, *args: P.args, **kwargs: P.kwargs) -> Response:
        with room().outside.database.writing() as session:
            person_id = _visitor(session, token)
            if person_id is None:
                return go(url_for("my_pace_door.ask", token=token, late=1))
            row = people.lock(session, person_id)
            with auditing.acting(auditing.Somebody("person", person_id)):
                return view(Mine(session, token, row, person_of(row)), *args, **kwargs)

    return guarded


def keep(response: Response, visit: str) -> Response:
    """Put the token of a visit into the cookie; an empty one ends it.

    Where there is https the name makes browsers keep it to this host, which needs the whole host as its path; a visit opens
    the pages of its own link alone in any case.
    """
    secure = _is_https()
    response.set_cookie(
        _cookie_name(),
        visit,
        max_age=int(pace_access.VISIT_LASTS.total_seconds()) if visit else 0,
        path="/" if secure else "/me",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def visit_token() -> str:
    """The token in the cookie, empty when there is none."""
    return request.cookies.get(_cookie_name(), "")


def _visitor(session: Session, token: str) -> str | None:
    return pace_access.visitor(session, token, visit_token(), room().outside.clock())


def _cookie_name() -> str:
    return f"__Host-{COOKIE}" if _is_https() else COOKIE


def _is_https() -> bool:
    return room().outside.base_url.startswith("https:")

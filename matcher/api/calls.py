"""How every call of the API runs: key, role, body, one transaction, answer; each route states only what is its own.

A command with an Idempotency-Key claims it as the first statement of its own transaction, so that the same command
sent twice, even at the same moment, has one effect and one answer (ARCHITECTURE §4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from flask import Response, current_app, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from matcher.api.bodies import Body, etag_of, plain, versioned
from matcher.api.forms.base import Form
from matcher.api.forms.care import OptionalForm
from matcher.api.forms.imports import UploadForm
from matcher.api.requests import (
    PageAsked,
    bearer_key,
    body_of,
    check_ids,
    document_of,
    page_asked,
    refuse_document,
    refuse_parameters,
    upload_of,
)
from matcher.domain.audit import Act
from matcher.domain.errors import Conflict, NotAllowed, VersionMismatch
from matcher.domain.values import Language
from matcher.services.access import keys, step_up
from matcher.services.access.keys import Caller, Role
from matcher.services.audit import auditing
from matcher.services.listings import importing
from matcher.services.outside import Outside
from matcher.services.upkeep import idempotency

EXTENSION: Final = "matcher-api"
CALLER: Final = "matcher.caller"  # where a request keeps who it was found to come from
STEP_UP_HEADER: Final = "Matcher-Code"
LIST_PARAMETERS: Final = frozenset({"limit", "cursor"})

_A: Final = {Role.admin: "an admin", Role.organisation: "an organisation", Role.caseworker: "a caseworker"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call inside its transaction. `form` is the body as a domain value, `prepared` what was found out before."""

    session: Session
    caller: Caller
    now: datetime
    language: str
    form: Any = None
    prepared: Any = None

    def check_version(self, shown: Body) -> None:
        """Raise VersionMismatch when `If-Match` names another version than the one shown now."""
        if request.if_match and not request.if_match.contains(etag_of(shown)):
            raise VersionMismatch("This changed since it was read; read it again and change that.")


@dataclass(frozen=True, slots=True)
class Done:
    """What a command made or touched, and a secret that is shown once."""

    id: str
    secret: Any = None


Prepare = Callable[[Outside, Caller, Any, Mapping[str, str]], Any]
Show = Callable[[Call, Done], Body]


def outside() -> Outside:
    """What the running application works with."""
    found: Outside = current_app.extensions[EXTENSION]
    return found


def who_calls() -> Caller:
    """Who calls, looked up once for a request. Raises NotSignedIn."""
    if CALLER not in request.environ:
        with outside().database.reading() as session:
            found = keys.authenticate(session, bearer_key(request), outside().clock())
        request.environ[CALLER] = found
    caller: Caller = request.environ[CALLER]
    return caller


def run_look(
    role: Role,
    show: Callable[..., Body],
    parameters: frozenset[str],
    ids: dict[str, str],
    reads: Act | None = None,
    *,
    fresh: bool = False,
) -> Response:
    """Answer a GET of one thing, with its version."""
    if fresh:
        _step_up(role, ids)
    with outside().database.reading() as session:
        call = _call(session, role, ids, parameters)
        shown = show(call, **ids)
    _note_reading(call, reads, ids, shown.get("person_id"))
    response = versioned(shown, HTTPStatus.OK)
    response.make_conditional(request)  # in place: 304 where `If-None-Match` names this version
    return response


def run_list(
    role: Role,
    items: Callable[..., list[Body]],
    parameters: frozenset[str],
    ids: dict[str, str],
    reads: Act | None = None,
) -> Response:
    """Answer a GET of a list, part by part."""
    with outside().database.reading() as session:
        call = _call(session, role, ids, parameters | LIST_PARAMETERS)
        asked = page_asked(request)
        wanted = {name: request.args[name] for name in parameters if name in request.args}
        found = items(call, PageAsked(asked.limit + 1, asked.cursor), **ids, **wanted)
    _note_reading(call, reads, ids, wanted.get("person_id"))
    shown = found[: asked.limit]
    body = {"items": shown, "next": shown[-1]["id"] if len(found) > asked.limit else None}
    return plain(body, HTTPStatus.OK)


@dataclass(frozen=True, slots=True)
class Command:
    """A POST: who may, what it takes, what it does, and how its answer is built (again, when the command is repeated)."""

    role: Role
    act: Callable[..., Done]
    show: Show
    takes: Form | None = None
    prepare: Prepare | None = None
    status: HTTPStatus = HTTPStatus.OK
    location: str | None = None

    def run(self, ids: dict[str, str]) -> Response:
        """Have the effect once, and answer."""
        caller = _signed_in(self.role, ids)
        form = self._form()
        sent = _keyed(caller, self._said(form))
        if sent is not None and (repeated := self._repeated(caller, sent)) is not None:
            return repeated
        now, here = outside().clock(), outside()
        prepared = self.prepare(here, caller, form, ids) if self.prepare is not None else None
        with auditing.acting(caller), here.database.writing() as session:
            if sent is None or _claimed(session, sent, now):
                call = Call(session, caller, now, _language(), form, prepared)
                done = self.act(call, **ids)
                shown = self.show(call, done)
                if sent is not None:
                    idempotency.remember(session, sent, self.status, done.id, done.secret)
                return self._answer(shown, done)
        repeated = self._repeated(caller, sent)
        if repeated is None:  # the one that held the key failed after all
            raise _in_flight()
        return repeated

    def _form(self) -> Any:
        if self.takes is None:
            return refuse_document(request)
        if isinstance(self.takes, UploadForm):
            return self.takes.read(upload_of(request, importing.FILE_MAX_BYTES))
        if isinstance(self.takes, OptionalForm) and not body_of(request):
            return self.takes.read({})
        return self.takes.read(document_of(request))

    def _said(self, form: Any) -> bytes:
        """What two tries of one command have in common: a sender parts the same file anew each time."""
        if isinstance(self.takes, UploadForm):
            return b"\n".join(
                value if isinstance(value, bytes) else str(value).encode() for value in form.values()
            )
        return body_of(request)

    def _repeated(self, caller: Caller, sent: idempotency.Command) -> Response | None:
        now = outside().clock()
        with outside().database.reading() as session:
            answered = idempotency.earlier(session, sent, now)
            if answered is None:
                return None
            done = Done(answered.resource_id or "", answered.secret)
            return self._answer(self.show(Call(session, caller, now, _language()), done), done)

    def _answer(self, shown: Body, done: Done) -> Response:
        response = versioned(shown, self.status)
        if self.location is not None:
            response.headers["Location"] = self.location.format(id=done.id)
        return response


@dataclass(frozen=True, slots=True)
class Change:
    """A PATCH: a merge patch on what is shown, under `If-Match` where it is sent."""

    role: Role
    act: Callable[..., Body]
    prepare: Prepare | None = None

    def run(self, ids: dict[str, str]) -> Response:
        """Change it, and show it as it is then."""
        caller = _signed_in(self.role, ids)
        patch = document_of(request)
        here = outside()
        prepared = self.prepare(here, caller, patch, ids) if self.prepare is not None else None
        with auditing.acting(caller), here.database.writing() as session:
            call = Call(session, caller, here.clock(), _language(), patch, prepared)
            return versioned(self.act(call, **ids), HTTPStatus.OK)


def run_removal(role: Role, act: Callable[..., Body], status: HTTPStatus, ids: dict[str, str]) -> Response:
    """Answer a DELETE, which is grave enough to ask for a fresh code."""
    refuse_document(request)
    caller, here = _step_up(role, ids), outside()
    with auditing.acting(caller), here.database.writing() as session:
        return plain(act(Call(session, caller, here.clock(), _language()), **ids), status)


def _note_reading(call: Call, reads: Act | None, ids: dict[str, str], person_id: str | None) -> None:
    if reads is None:
        return
    kind, found = next(iter(ids.items()), ("person_id", person_id))
    about = f"{kind.removesuffix('_id')}:{found}" if found else f"team:{call.caller.team_id}"
    auditing.note_reading(
        outside().database, reads, call.now, about=about, person_id=person_id, by=call.caller
    )


def _signed_in(role: Role, ids: dict[str, str]) -> Caller:
    with outside().database.reading() as session:
        return _call(session, role, ids).caller


def _call(
    session: Session, role: Role, ids: dict[str, str], parameters: frozenset[str] = frozenset()
) -> Call:
    """Who calls, in the right role and about something that can exist.

    Raises NotSignedIn, NotAllowed, NotFound, and InvalidInput for a query parameter beyond `parameters`.
    """
    now = outside().clock()
    caller = who_calls()
    if caller.role is not role:
        raise NotAllowed(f"This call needs the key of {_A[role]}.")
    check_ids(ids)
    refuse_parameters(request, parameters)
    return Call(session, caller, now, _language())


def _step_up(role: Role, ids: dict[str, str]) -> Caller:
    """Who calls, after a fresh code where they have an app for it. Raises FreshCodeNeeded, TooManyTries."""
    caller = _signed_in(role, ids)
    step_up.check(outside(), caller, request.headers.get(STEP_UP_HEADER, ""))
    return caller


def _keyed(caller: Caller, said: bytes) -> idempotency.Command | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    return idempotency.command(
        outside().database.keyring,
        caller=caller.name,
        route=f"{request.method} {request.path}",
        key=key,
        body=said,
    )


def _claimed(session: Session, sent: idempotency.Command, now: datetime) -> bool:
    try:
        return idempotency.claim(session, sent, now)
    except OperationalError:
        raise _in_flight() from None


def _in_flight() -> Conflict:
    return Conflict("The same command is still being carried out; ask again in a moment.", code="in_flight")


def _language() -> str:
    wanted = request.accept_languages.best_match([outside().language, *Language])
    return str(wanted or outside().language)

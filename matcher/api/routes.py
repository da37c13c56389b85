"""Routes that describe themselves: each one enters the OpenAPI document with everything it may answer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema

from matcher.api.bodies import Body
from matcher.api.calls import (
    STEP_UP_HEADER,
    Change,
    Command,
    Done,
    Prepare,
    Show,
    run_list,
    run_look,
    run_removal,
)
from matcher.api.forms.base import Form
from matcher.api.forms.care import OptionalForm
from matcher.api.forms.imports import UploadForm
from matcher.api.forms.merging import patch_of
from matcher.api.forms.problem import ProblemForm
from matcher.api.problems import MEDIA_TYPE
from matcher.api.requests import LIMIT_MAX, LIMIT_USUAL, MULTIPART
from matcher.domain.audit import Act
from matcher.services.access.keys import Role

ALWAYS: Final = (
    HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)  # fmt: skip
WITH_BODY: Final = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)

_IF_MATCH: Final = {
    "name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The `ETag` it was read with; another version answers 412.",
}  # fmt: skip
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "The same key with the same body has one effect and one answer, for 24 hours.",
}  # fmt: skip
_STEP_UP: Final = {
    "name": STEP_UP_HEADER, "in": "header", "required": False, "schema": {"type": "string"},
    "description": "A fresh code from the caseworker's own app, or a recovery code. Needed where they have set one up; "
    "without it the call answers 403.",
}  # fmt: skip
_LIST: Final = (
    {
        "name": "limit", "in": "query", "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_USUAL},
    },
    {
        "name": "cursor", "in": "query", "required": False, "schema": {"type": "string"},
        "description": "The `next` of the answer before.",
    },
)  # fmt: skip

View = Callable[..., Any]


class Routes(Blueprint):  # type: ignore[misc]
    """The routes of one subject. `readings`: who may GET each, and how the trail calls it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.readings: dict[str, tuple[Role, Act | None]] = {}

    def look(
        self,
        rule: str,
        role: Role,
        answers: Schema,
        *,
        parameters: tuple[str, ...] = (),
        step_up: bool = False,
        reads: Act | None = None,
    ) -> Callable[[View], View]:
        """A GET of one thing; with `step_up` a fresh code is asked for.

        `reads` is how the trail calls it, where it shows somebody or is an admin's.
        """

        def decorate(show: Callable[..., Body]) -> View:
            def view(**ids: str) -> Response:
                return run_look(role, show, frozenset(parameters), ids, reads, fresh=step_up)

            self.readings[rule] = (role, reads)
            headers = [_STEP_UP] if step_up else []
            operation = _operation(role, answers, parameters=[*headers, *_queries(parameters)])
            self._add(rule, "GET", view, show, operation)
            return show

        return decorate

    def listing(
        self,
        rule: str,
        role: Role,
        answers: Schema,
        *,
        parameters: tuple[str, ...] = (),
        reads: Act | None = None,
    ) -> Callable[[View], View]:
        """A GET of a list, part by part; `reads` as above."""

        def decorate(items: Callable[..., list[Body]]) -> View:
            def view(**ids: str) -> Response:
                return run_list(role, items, frozenset(parameters), ids, reads)

            schema = {
                "type": "object",
                "required": ["items", "next"],
                "properties": {
                    "items": {"type": "array", "items": answers},
                    "next": {"type": ["string", "null"]},
                },
            }
            operation = _operation(
                role,
                schema,
                parameters=[*_LIST, *_queries(parameters)],
                refusals=(HTTPStatus.NOT_FOUND,) if parameters else (),
                versioned=False,
            )
            self.readings[rule] = (role, reads)
            self._add(rule, "GET", view, items, operation)
            return items

        return decorate

    def command(
        self,
        rule: str,
        role: Role,
        answers: Schema,
        show: Show,
        *,
        takes: Form | None = None,
        prepare: Prepare | None = None,
        status: HTTPStatus = HTTPStatus.OK,
        location: str | None = None,
    ) -> Callable[[View], View]:
        """A POST."""

        def decorate(act: Callable[..., Done]) -> View:
            command = Command(role, act, show, takes, prepare, status, location)

            def view(**ids: str) -> Response:
                return command.run(ids)

            operation = _operation(
                role,
                answers,
                status=status,
                takes=takes,
                parameters=[_IDEMPOTENCY_KEY],
                refusals=(HTTPStatus.CONFLICT, *WITH_BODY),
            )
            if location is not None:
                operation["responses"][status.value]["headers"]["Location"] = {"schema": {"type": "string"}}
            self._add(rule, "POST", view, act, operation)
            return act

        return decorate

    def ending(self, rule: str, role: Role, answers: Schema, show: Show) -> Callable[[View], View]:
        """A POST that ends something, under `If-Match` where it is sent."""

        def decorate(act: Callable[..., Done]) -> View:
            command = Command(role, act, show, None, None, HTTPStatus.OK, None)

            def view(**ids: str) -> Response:
                return command.run(ids)

            operation = _operation(
                role,
                answers,
                parameters=[_IDEMPOTENCY_KEY, _IF_MATCH],
                refusals=(HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED, *WITH_BODY),
            )
            self._add(rule, "POST", view, act, operation)
            return act

        return decorate

    def change(
        self, rule: str, role: Role, answers: Schema, takes: Form, *, prepare: Prepare | None = None
    ) -> Callable[[View], View]:
        """A PATCH."""

        def decorate(act: Callable[..., Body]) -> View:
            change = Change(role, act, prepare)

            def view(**ids: str) -> Response:
                return change.run(ids)

            operation = _operation(
                role,
                answers,
                takes=patch_of(takes),
                parameters=[_IF_MATCH],
                refusals=(HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED, *WITH_BODY),
            )
            self._add(rule, "PATCH", view, act, operation)
            return act

        return decorate

    def removal(
        self, rule: str, role: Role, answers: Schema, *, status: HTTPStatus
    ) -> Callable[[View], View]:
        """A DELETE, with a fresh code."""

        def decorate(act: Callable[..., Body]) -> View:
            def view(**ids: str) -> Response:
                return run_removal(role, act, status, ids)

            operation = _operation(
                role, answers, status=status, parameters=[_STEP_UP], refusals=WITH_BODY, versioned=False
            )
            self._add(rule, "DELETE", view, act, operation)
            return act

        return decorate

    def _add(self, rule: str, method: str, view: View, described: View, operation: dict[str, Any]) -> None:
        functools.update_wrapper(view, described)
        del view.__wrapped__  # type: ignore[attr-defined]
        view.__doc__ = inspect.getdoc(described)
        view._apidoc = {"manual_doc": operation}  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
        if "<" in rule:
            operation["responses"][HTTPStatus.NOT_FOUND.value] = _refusal(HTTPStatus.NOT_FOUND)
        self.add_url_rule(rule, view.__name__, view, methods=[method])


def _operation(
    role: Role,
    answers: Schema | dict[str, Any],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    takes: Form | None = None,
    parameters: list[dict[str, Any]],
    refusals: tuple[HTTPStatus, ...] = (),
    versioned: bool = True,
) -> dict[str, Any]:
    answered: dict[str, Any] = {
        "description": status.phrase, "content": {"application/json": {"schema": answers}}, "headers": {},
    }  # fmt: skip
    if versioned:
        answered["headers"]["ETag"] = {"schema": {"type": "string"}}
    operation: dict[str, Any] = {
        "security": [{str(role): []}],
        "parameters": parameters,
        "responses": {status.value: answered} | {one.value: _refusal(one) for one in (*ALWAYS, *refusals)},
    }
    if takes is not None:
        needed = not isinstance(takes, OptionalForm)
        media_type = MULTIPART if isinstance(takes, UploadForm) else "application/json"
        operation["requestBody"] = {"required": needed, "content": {media_type: {"schema": takes}}}
    return operation


def _refusal(status: HTTPStatus) -> dict[str, Any]:
    return {"description": status.phrase, "content": {MEDIA_TYPE: {"schema": ProblemForm}}}


def _queries(names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in names]

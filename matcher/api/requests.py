"""What a request brings: its key, its body, its parameters; each read strictly and refused in plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from matcher.api.forms.base import pointer_part
from matcher.api.strict_json import BODY_MAX_BYTES, read_json
from matcher.domain.errors import FieldProblem, InvalidInput, NotFound
from matcher.domain.values import is_id

LIMIT_USUAL: Final = 50
LIMIT_MAX: Final = 200
MULTIPART: Final = "multipart/form-data"
ENVELOPE_MAX_BYTES: Final = 16 * 1024  # what parts beside the file, and their headings, may take
PARTS_MAX: Final = 10  # more than any call has
JSON_TYPES: Final = ("application/json", "application/merge-patch+json")


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which part of a list: at most `limit` items after the id `cursor`."""

    limit: int = LIMIT_USUAL
    cursor: str | None = None


def bearer_key(request: Request) -> str:
    """The key of the caller; empty when none was sent."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def body_of(request: Request) -> bytes:
    """The raw body. Raises RequestEntityTooLarge beyond BODY_MAX_BYTES, however it is sent."""
    request.max_content_length = BODY_MAX_BYTES
    return request.get_data(cache=True)


def document_of(request: Request) -> Any:
    """The JSON document of the body. Raises UnsupportedMediaType, InvalidInput, RequestEntityTooLarge."""
    body = body_of(request)
    if request.mimetype not in JSON_TYPES:
        raise UnsupportedMediaType
    return read_json(body)


def upload_of(request: Request, file_max_bytes: int) -> dict[str, str | bytes]:
    """The parts of a form with a file in it, by name. Raises UnsupportedMediaType, RequestEntityTooLarge, InvalidInput."""
    request.max_content_length = file_max_bytes + ENVELOPE_MAX_BYTES
    request.max_form_parts = PARTS_MAX
    if request.mimetype != MULTIPART:
        raise UnsupportedMediaType(f"Send the file as {MULTIPART}.")
    too_large = RequestEntityTooLarge(f"At most {file_max_bytes // 1_000_000} MB fit; split the file.")
    try:
        texts, files = request.form.to_dict(flat=False), request.files.to_dict(flat=False)
    except RequestEntityTooLarge:
        raise too_large from None
    for name in (*texts, *files):
        if len(texts.get(name, ())) + len(files.get(name, ())) > 1:
            raise InvalidInput.at(f"/{pointer_part(name)}", "Send this part once.")
    if "file" in texts:
        raise InvalidInput.at("/file", "Send the file as a part with a filename.")
    contents = {name: values[0].read() for name, values in files.items()}
    if any(len(content) > file_max_bytes for content in contents.values()):
        raise too_large
    return {name: values[0] for name, values in texts.items()} | contents


def refuse_document(request: Request) -> None:
    """For calls that take no body: none, or an empty object. Raises InvalidInput."""
    body = body_of(request).strip()
    if body and read_json(body) != {}:
        raise InvalidInput.at("", "This call takes no body.")


def check_ids(ids: dict[str, Any]) -> None:
    """Raise NotFound for an id in the path that cannot be one."""
    for value in ids.values():
        if not is_id(str(value)):
            raise NotFound("There is no such thing.")


def refuse_parameters(request: Request, allowed: frozenset[str]) -> None:
    """Raise InvalidInput for a query parameter that this call does not know."""
    for name in request.args:
        if name not in allowed:
            known = f"; it takes {', '.join(sorted(allowed))}" if allowed else ""
            raise _bad_parameter(f"There is no parameter “{name[:60]}” here{known}.")


def page_asked(request: Request) -> PageAsked:
    """The `limit` and `cursor` of a list. Raises InvalidInput."""
    limit, cursor = request.args.get("limit"), request.args.get("cursor")
    if limit is not None and not (re.fullmatch("[0-9]{1,3}", limit) and 1 <= int(limit) <= LIMIT_MAX):
        raise _bad_parameter(f"`limit` is a whole number from 1 to {LIMIT_MAX}.")
    if cursor is not None and not is_id(cursor):
        raise _bad_parameter("`cursor` is the `next` of an earlier answer.")
    return PageAsked(LIMIT_USUAL if limit is None else int(limit), cursor)


def _bad_parameter(detail: str) -> InvalidInput:
    return InvalidInput([FieldProblem("", detail)], detail)

"""Bringing a file of listings, and mending its rows in the report itself: one row is open at a time."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import MultiDict

from matcher.domain.errors import Conflict, InvalidInput
from matcher.domain.imports import ImportReport
from matcher.domain.opportunity import Opportunity
from matcher.domain.values import Kind
from matcher.exchange.formats import READERS
from matcher.mail.wording import words
from matcher.pages.portal.mending import mended, questions_for
from matcher.pages.portal.stated import stated
from matcher.pages.portal.steps import SPOKEN
from matcher.pages.portal.views import UNFIT, field_of
from matcher.pages.showing import go, preferred_language, room, show
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.listings import importing, mending
from matcher.services.listings.mending import OpenRow

IMPORTS_SHOWN: Final = 20  # judgement, 2026-11
ROWS_ON_A_PAGE: Final = 20  # judgement, 2026-11: a morning's mending
FORM_BYTES: Final = 64 * 1024  # what a form may hold beside its file

pages = Blueprint("portal_imports", __name__, url_prefix="/portal/imports")


@pages.before_app_request
def _let_files_in() -> None:
    """Here alone more may be sent than a form holds; asked before anything reads the form."""
    if request.blueprint == pages.name:
        request.max_content_length = importing.FILE_MAX_BYTES + FORM_BYTES


@pages.get("")
@signed_in(Role.organisation)
def look(caller: Caller) -> Response:
    """The files so far, and the way to bring one."""
    return _files_page(caller)


@pages.post("")
@signed_in(Role.organisation)
def bring(caller: Caller) -> Response:
    """Take a file in; a worker reads it."""
    outside, file = room().outside, request.files.get("file")
    content = b"" if file is None else file.read()
    try:
        with outside.database.writing() as session:
            made = importing.receive(
                session, caller.id, request.form.get("format", ""), content, outside.clock()
            ).id
    except InvalidInput as error:
        return _files_page(caller, refused=error)
    except Conflict:
        return _files_page(caller, waiting=True)
    return go(url_for("portal_imports.report", import_id=made))


@pages.get("/<import_id>")
@signed_in(Role.organisation)
def report(caller: Caller, import_id: str) -> Response:
    """What became of each row; the row named by `line`, or else the first that needs something, is open to be mended."""
    return _report_page(caller, import_id, opened=request.args.get("line", type=int))


@pages.post("/<import_id>/rows/<int:line>")
@signed_in(Role.organisation)
def mend(caller: Caller, import_id: str, line: int) -> Response:
    """Save a row as it was mended, and go on to the next; what does not fit yet stays as typed, and nothing else changes."""
    outside = room().outside

    def change(row: OpenRow) -> Opportunity:
        return mended(questions_for(row.line, row.standing), request.form, row.standing)

    try:
        mending.mend(outside, caller.id, import_id, line, change)
    except InvalidInput as error:
        return _report_page(caller, import_id, opened=line, typed=request.form, refused=error)
    with outside.database.reading() as session:
        later = [row.line.line for row in _open(mending.open_rows(session, caller.id, import_id))]
    following = next((number for number in later if number > line), None)
    anchor = None if following is None else f"line-{following}"
    return go(url_for("portal_imports.report", import_id=import_id, line=following, _anchor=anchor))


@pages.get("/<import_id>/rows/<int:line>")
@signed_in(Role.organisation)
def look_at_row(_caller: Caller, import_id: str, line: int) -> Response:
    """Where a form of the report was sent to, opened by itself: the report, at that row."""
    return go(url_for("portal_imports.report", import_id=import_id, line=line, _anchor=f"line-{line}"))


@pages.post("/<import_id>/away")
@signed_in(Role.organisation)
def put_away(caller: Caller, import_id: str) -> Response:
    """Put everything of a file away that nobody has mended or published."""
    outside = room().outside
    with outside.database.reading() as session:
        waiting = _open(mending.open_rows(session, caller.id, import_id))
    mending.put_away(outside, caller.id, import_id, [row.line.line for row in waiting])
    return go(url_for("portal_imports.report", import_id=import_id))


def _files_page(caller: Caller, refused: InvalidInput | None = None, *, waiting: bool = False) -> Response:
    outside = room().outside
    status = HTTPStatus.CONFLICT if waiting else HTTPStatus.OK
    with outside.database.reading() as session:
        found = importing.newest_imports(session, caller.id, IMPORTS_SHOWN)
        rows = importing.rows_of(session, [one.id for one in found])
    return show(
        "portal/imports.html",
        status=UNFIT if refused else status,
        waiting=waiting,
        imports=found,
        rows=rows,
        formats=list(READERS),
        most_mb=importing.FILE_MAX_MB,
        typed=MultiDict(request.form),
        wrong={field_of(problem.pointer) for problem in refused.problems} if refused else set(),
    )


def _report_page(
    caller: Caller,
    import_id: str,
    *,
    opened: int | None,
    typed: MultiDict[str, str] | None = None,
    refused: InvalidInput | None = None,
) -> Response:
    outside = room().outside
    with outside.database.reading() as session:
        file = importing.get_import(session, caller.id, import_id)
        rows = mending.open_rows(session, caller.id, import_id)
    waiting = _open(rows)
    numbers = [row.line.line for row in waiting]
    if refused is not None and opened not in numbers:
        return go(
            url_for("portal_imports.report", import_id=import_id)
        )  # mended already, by the same form sent twice
    shown = waiting[_page_begins(numbers, opened, request.args.get("from", default=0, type=int)) :]
    open_row = next((row for row in shown if row.line.line == opened), shown[0] if shown else None)
    standing = open_row.standing if open_row else Opportunity()
    return show(
        "portal/import.html",
        status=UNFIT if refused else HTTPStatus.OK,
        file=file,
        counts=ImportReport(tuple(row.line for row in rows)).counts,
        rows=shown[:ROWS_ON_A_PAGE],
        further=shown[ROWS_ON_A_PAGE].line.line if len(shown) > ROWS_ON_A_PAGE else None,
        done=[row for row in rows if row.line.line not in numbers],
        open_row=open_row,
        questions=questions_for(open_row.line, standing) if open_row else (),
        typed=stated(standing) if typed is None else typed,
        wrong={field_of(problem.pointer) for problem in refused.problems} if refused else set(),
        kinds=list(Kind),
        said=words(preferred_language().value),
        spoken=SPOKEN,
    )


def _open(rows: list[OpenRow]) -> list[OpenRow]:
    """Rows that still need something of the organisation."""
    return [row for row in rows if row.waits and questions_for(row.line, row.standing)]


def _page_begins(numbers: list[int], opened: int | None, first: int) -> int:
    """At which of these lines a page begins: that of the row that is open, or else the one from a line on."""
    if opened in numbers:
        return numbers.index(opened) // ROWS_ON_A_PAGE * ROWS_ON_A_PAGE
    return sum(number < first for number in numbers)

"""`/v1/imports`: files of listings that an organisation brings, and the report on them."""

from __future__ import annotations

from http import HTTPStatus

from matcher.api.bodies import Body
from matcher.api.calls import Call, Done
from matcher.api.forms.imports import ImportForm, ShownImportForm
from matcher.api.routes import Routes
from matcher.services.access.keys import Role
from matcher.services.listings import importing
from matcher.storage.imports import lines_of, report_of

routes = Routes("imports", __name__, description="Files of listings, and what became of each row.")

_SHOWN = ShownImportForm()


def _show(call: Call, done: Done) -> Body:
    row = importing.get_import(call.session, call.caller.id, done.id)
    report = report_of(lines_of(call.session, row.id))
    shown: Body = _SHOWN.dump(row) | {
        "counts": report.counts,
        "report": [line.as_dict() for line in report.lines],
    }
    return shown


@routes.command(
    "/v1/imports", Role.organisation, _SHOWN, _show, takes=ImportForm(),
    status=HTTPStatus.ACCEPTED, location="/v1/imports/{id}",
)  # fmt: skip
def import_file(call: Call) -> Done:
    """Bring a file of listings: each row becomes a draft or is named with its line, field and reason.

    The same file again changes nothing.
    """
    sent = call.form
    return Done(importing.receive(call.session, call.caller.id, sent["format"], sent["file"], call.now).id)


@routes.look("/v1/imports/<import_id>", Role.organisation, _SHOWN)
def import_report(call: Call, import_id: str) -> Body:
    """Show how far an import is, and one line a row."""
    return _show(call, Done(import_id))

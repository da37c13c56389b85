"""`/v1/people/{id}/export` and `DELETE /v1/people/{id}`: everything kept about somebody, and its end, with step-up."""

from __future__ import annotations

from http import HTTPStatus

from matcher.api.bodies import Body
from matcher.api.calls import Call
from matcher.api.forms.privacy import ErasureForm, ExportForm
from matcher.api.routes import Routes
from matcher.domain.audit import Act
from matcher.services.access.keys import Role
from matcher.services.my_pace import exporting, privacy
from matcher.services.people import people

routes = Routes("privacy", __name__, description="Everything kept about somebody, and its end.")

_EXPORT, _ERASURE = ExportForm(), ErasureForm()


@routes.look(
    "/v1/people/<person_id>/export", Role.caseworker, _EXPORT, step_up=True, reads=Act.person_exported
)
def export_person(call: Call, person_id: str) -> Body:
    """Hand over everything kept about somebody."""
    people.get(call.session, call.caller, person_id)
    return exporting.export(call.session, person_id, call.now)


@routes.removal("/v1/people/<person_id>", Role.caseworker, _ERASURE, status=HTTPStatus.ACCEPTED)
def erase_person(call: Call, person_id: str) -> Body:
    """Erase somebody: the way to them is closed at once, the last row is gone within 24 hours, also from backups."""
    row = people.locked(call.session, call.caller, person_id)
    erased_by = privacy.erase(call.session, row, call.now)
    return _ERASURE.show({"person_id": person_id, "state": "erasing", "erased_by": erased_by})

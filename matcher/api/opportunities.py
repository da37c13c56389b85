"""`/v1/opportunities`: what an organisation posts, and who is coming."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from matcher.api.bodies import Body
from matcher.api.calls import Call, Done
from matcher.api.forms.care import VisitorsForm, shown_session
from matcher.api.forms.merging import patched_opportunity
from matcher.api.forms.opportunity import OpportunityForm, ShownOpportunityForm
from matcher.api.requests import PageAsked
from matcher.api.routes import Routes
from matcher.domain.audit import Act
from matcher.domain.errors import Conflict
from matcher.domain.opportunity import Opportunity, OpportunityState
from matcher.services.access.keys import Caller, Role
from matcher.services.asking import showing
from matcher.services.listings import posting
from matcher.services.outside import Outside
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import OpportunityRow

routes = Routes("opportunities", __name__, description="What an organisation posts, and who is coming.")

_FORM, _SHOWN = OpportunityForm(), ShownOpportunityForm()


def shown_opportunity(row: OpportunityRow) -> Body:
    """A posting as its organisation reads it."""
    return _SHOWN.show(opportunity_of(row))


def _show(call: Call, done: Done) -> Body:
    return shown_opportunity(posting.get(call.session, call.caller.id, done.id))


def _locate(here: Outside, _caller: Caller, form: Any, _ids: Mapping[str, str]) -> Opportunity:
    return posting.locate(here.geocoder, form)


def _locate_changed(here: Outside, caller: Caller, patch: Any, ids: Mapping[str, str]) -> Opportunity:
    """The posting after the patch, with coordinates looked up before any transaction is open."""
    with here.database.reading() as session:
        changed = _changed(posting.get(session, caller.id, ids["opportunity_id"]), patch)
    return posting.locate(here.geocoder, changed)


def _changed(row: OpportunityRow, patch: Any) -> Opportunity:
    standing = opportunity_of(row)
    if standing.state in (OpportunityState.withdrawn, OpportunityState.finished):
        raise Conflict(f"This posting is {standing.state}; post a new one instead.")
    changed: Opportunity = _FORM.read(patched_opportunity(_FORM.show(standing), patch))
    return changed


@routes.command(
    "/v1/opportunities", Role.organisation, _SHOWN, _show, takes=_FORM, prepare=_locate,
    status=HTTPStatus.CREATED, location="/v1/opportunities/{id}",
)  # fmt: skip
def post_opportunity(call: Call) -> Done:
    """Post an opportunity, as a draft or published at once. A draft says in `missing` what it still lacks."""
    return Done(posting.create(call.session, call.caller.id, call.prepared, call.now).id)


@routes.listing("/v1/opportunities", Role.organisation, _SHOWN)
def opportunities(call: Call, asked: PageAsked) -> list[Body]:
    """List one's own opportunities, oldest first."""
    rows = posting.page(call.session, call.caller.id, asked.cursor, asked.limit)
    return [shown_opportunity(row) for row in rows]


@routes.look("/v1/opportunities/<opportunity_id>", Role.organisation, _SHOWN)
def opportunity(call: Call, opportunity_id: str) -> Body:
    """Show one of one's own opportunities."""
    return _show(call, Done(opportunity_id))


@routes.change(
    "/v1/opportunities/<opportunity_id>", Role.organisation, _SHOWN, _FORM, prepare=_locate_changed
)
def change_opportunity(call: Call, opportunity_id: str) -> Body:
    """Change an opportunity by a merge patch; publish it with `{"state": "published"}`."""
    row = posting.locked(call.session, call.caller.id, opportunity_id)
    call.check_version(shown_opportunity(row))
    changed = _changed(row, call.form)
    return shown_opportunity(
        posting.change(call.session, row, _with_found_point(changed, call.prepared), call.now)
    )


def _with_found_point(changed: Opportunity, located: Opportunity) -> Opportunity:
    """The posting with the coordinates found for its address, unless the address was changed meanwhile."""
    place, found = changed.place, located.place
    if place is None or found is None or place.point is not None or place.address != found.address:
        return changed
    return replace(changed, place=replace(place, latitude=found.latitude, longitude=found.longitude))


@routes.ending("/v1/opportunities/<opportunity_id>/withdraw", Role.organisation, _SHOWN, _show)
def withdraw_opportunity(call: Call, opportunity_id: str) -> Done:
    """Withdraw an opportunity for good. Whoever was invited is told kindly."""
    row = posting.locked(call.session, call.caller.id, opportunity_id)
    call.check_version(shown_opportunity(row))
    return Done(posting.withdraw(call.session, row, call.now).id)


@routes.look(
    "/v1/opportunities/<opportunity_id>/visitors", Role.organisation, VisitorsForm(), reads=Act.visitors_read
)
def opportunity_visitors(call: Call, opportunity_id: str) -> Body:
    """Show who accepted and is still to come: alias, session and the needs they agreed to share."""
    row = posting.get(call.session, call.caller.id, opportunity_id)
    found = showing.visitors(call.session, row.id, call.caller.id, call.now)
    return {
        "items": [
            {"alias": one.alias, "session": shown_session(one.occurrence), "needs": list(one.needs)}
            for one in found
        ],
        "next": None,
    }

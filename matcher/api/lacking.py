"""What is missing where a team's people live."""

from __future__ import annotations

from matcher.api.bodies import Body
from matcher.api.calls import Call
from matcher.api.forms.lacking import LackingForm
from matcher.api.requests import PageAsked
from matcher.api.routes import Routes
from matcher.domain.audit import Act
from matcher.scoring.wording.wanted import wanted_sentence
from matcher.services.access.keys import Role
from matcher.services.desk.lacking import Lacking, lacking

routes = Routes("lacking", __name__, description="What is missing where a team's people live.")

_LACKING = LackingForm()


@routes.listing("/v1/missing", Role.caseworker, _LACKING, reads=Act.team_read)
def missing(call: Call, asked: PageAsked) -> list[Body]:
    """List the postings that would open a next step for most of the team's people who have none now.

    Each is for ten people or more; there are three at most.
    """
    assert call.caller.team_id is not None
    found = lacking(call.session, call.caller.team_id, call.now)
    start = next((index + 1 for index, one in enumerate(found) if one.id == asked.cursor), 0)
    return [shown(one, call.language) for one in found[start : start + asked.limit]]


def shown(one: Lacking, language: str) -> Body:
    """One of them, with its sentence."""
    body: Body = _LACKING.dump(one)
    body["sentence"] = wanted_sentence(
        one.wanted,
        people=one.people,
        minutes=one.within_minutes,
        near=one.near,
        needs=one.needs,
        language=language,
    )
    return body

"""The JSON forms of what a caseworker records and decides about somebody."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields

from matcher.api.forms.base import Form, Tuple
from matcher.api.forms.fields import Line, Rung, Text
from matcher.api.forms.opportunity import ID_MAX, OpportunityForm
from matcher.api.forms.times import Moment
from matcher.domain.text import NOTES_MAX
from matcher.domain.values import Aspect, Kind, Outcome


class OptionalForm(Form):
    """A form that asks for nothing: no body at all says the same as an empty one."""


class SaidComfortForm(Form):
    """What somebody says is comfortable now; an aspect that was not spoken of is left out."""

    group = Rung()
    interaction = Rung()
    unfamiliarity = Rung()
    travel = Rung()
    commitment = Rung()
    stimulation = Rung()

    def made_of(self, values: dict[str, Any]) -> dict[Aspect, float]:
        """Rungs by aspect."""
        return {Aspect(name): rung for name, rung in values.items()}


class TalkForm(OptionalForm):
    """A talk with somebody; all of it is optional, and the notes stay encrypted."""

    notes = Text(max_length=NOTES_MAX, load_default=None)
    comfort = fields.Nested(
        SaidComfortForm,
        load_default=dict,
        metadata={"description": "Each rung goes half the way from what stands to what is said here."},
    )


class ShownTalkForm(Form):
    """A talk that was recorded."""

    id = Line(dump_only=True)
    talked_at = Moment(dump_only=True)


class IntroductionForm(Form):
    """Which organisation somebody was introduced to."""

    organisation_id = Line(max_length=ID_MAX, required=True)


class ExclusionForm(Form):
    """Whom somebody must not meet: an organisation or another person."""

    organisation_id = Line(max_length=ID_MAX, load_default=None)
    person_id = Line(max_length=ID_MAX, load_default=None)

    def made_of(self, values: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the two."""
        if (values["organisation_id"] is None) == (values["person_id"] is None):
            raise ValidationError("State either organisation_id or person_id.")
        return values


class ShownExclusionForm(Form):
    """An exclusion that was recorded."""

    id = Line(dump_only=True)
    organisation_id = Line(dump_only=True)
    person_id = Line(dump_only=True, attribute="other_person_id")


class MatchRequestForm(OptionalForm):
    """What a caseworker asks for somebody; no kinds means all but communal living (CARE 11)."""

    kinds = Tuple(fields.Enum(Kind, by_value=True), load_default=())
    note = Text(load_default=None)


class SetAsideForm(Form):
    """Why a proposal is not taken."""

    reason = Text(required=True)


class VisitForm(Form):
    """How a visit went, in the person's own word."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)


class ShownSessionForm(Schema):
    """A session; both moments are null when one may come at any time."""

    id = fields.String()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)


class ChanceForm(Schema):
    """How likely it is to be all right, and the interval around that."""

    likely = fields.Float()
    low = fields.Float()
    high = fields.Float()


class PartsForm(Schema):
    """What the score is made of besides the chance."""

    interest = fields.Float()
    distance = fields.Float()
    group_size = fields.Float()
    familiarity = fields.Float()


class AspectForm(Schema):
    """What is asked in one respect, against what is comfortable."""

    aspect = fields.String()
    asks = fields.Float(allow_none=True)
    comfortable_with = fields.Float()
    stretch = fields.Float(allow_none=True)


class MatchedOpportunityForm(OpportunityForm):
    """An opportunity inside a match."""

    id = Line(dump_only=True)
    organisation_id = Line(dump_only=True)


class MatchForm(Schema):
    """A proposal with its reasons."""

    id = fields.String()
    opportunity = fields.Nested(MatchedOpportunityForm)
    session = fields.Nested(ShownSessionForm)
    state = fields.String()
    score = fields.Float()
    chance = fields.Nested(ChanceForm, allow_none=True)
    step = fields.String()
    distance_km = fields.Float(allow_none=True)
    travel_minutes = fields.Float(allow_none=True)
    parts = fields.Nested(PartsForm, allow_none=True)
    aspects = fields.List(fields.Nested(AspectForm))
    why = fields.List(fields.String())


class GapForm(Schema):
    """Why there is nothing, or so little."""

    reason = fields.String()
    opportunities = fields.Integer()
    example = fields.String()


class ShownMatchRequestForm(Schema):
    """A request and what came of it."""

    id = fields.String()
    person_id = fields.String()
    state = fields.String(metadata={"enum": ["pending", "ready"]})
    matches = fields.List(fields.Nested(MatchForm))
    gaps = fields.List(fields.Nested(GapForm))


class InvitationStepForm(Schema):
    """When an invitation came into a state."""

    at = Moment()
    state = fields.String()


class InvitationForm(Schema):
    """An invitation and everything that happened to it."""

    id = fields.String()
    state = fields.String()
    person_id = fields.String()
    opportunity_id = fields.String()
    session = fields.Nested(ShownSessionForm)
    approved_at = Moment()
    sent_at = Moment(allow_none=True)
    expires_at = Moment(allow_none=True)
    answered_at = Moment(allow_none=True)
    answer = fields.String(allow_none=True)
    outcome = fields.String(
        allow_none=True, metadata={"description": "How the visit went, once it is recorded."}
    )
    history = fields.List(fields.Nested(InvitationStepForm))


class VisitorForm(Schema):
    """What an organisation may know of somebody who accepted (CARE 17)."""

    alias = fields.String()
    session = fields.Nested(ShownSessionForm)
    needs = fields.List(fields.String())


class VisitorsForm(Schema):
    """Everybody who accepted and is still to come, in one answer."""

    items = fields.List(fields.Nested(VisitorForm))
    next = fields.String(allow_none=True)


_SESSION: Final = ShownSessionForm()


def shown_session(session: object) -> dict[str, Any]:
    """A session as everybody may see it: no seats."""
    shown: dict[str, Any] = _SESSION.dump(session)
    return shown

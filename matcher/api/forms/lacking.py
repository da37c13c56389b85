"""The JSON form of a posting that is missing somewhere."""

from __future__ import annotations

from marshmallow import fields

from matcher.api.forms.base import Form
from matcher.domain.values import Interaction, Kind
from matcher.scoring.wanted import When


class WantedForm(Form):
    """One posting that could be made, of the gentlest that would do."""

    latitude = fields.Float(dump_only=True, attribute="point.latitude")
    longitude = fields.Float(dump_only=True, attribute="point.longitude")
    kind = fields.Enum(Kind, by_value=True, dump_only=True)
    when = fields.Enum(When, by_value=True, dump_only=True)
    people_at_most = fields.Integer(dump_only=True)
    minutes = fields.Integer(dump_only=True)
    interaction = fields.Enum(Interaction, by_value=True, dump_only=True)


class LackingForm(Form):
    """What would open a next step for ten people or more, and in words."""

    id = fields.String(dump_only=True)
    opportunity = fields.Nested(WantedForm(), dump_only=True, attribute="wanted")
    people = fields.Integer(dump_only=True)
    within_minutes = fields.Integer(dump_only=True)
    near = fields.String(dump_only=True, allow_none=True)
    needs = fields.List(fields.String(), dump_only=True)
    sentence = fields.String(dump_only=True)

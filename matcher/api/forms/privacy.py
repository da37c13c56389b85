"""The JSON forms of what is kept about somebody, and of its end."""

from __future__ import annotations

from marshmallow import fields

from matcher.api.forms.base import Form
from matcher.api.forms.fields import Line
from matcher.api.forms.times import Moment


class ExportForm(Form):
    """Everything kept about somebody: rows by table, and the names of what they refer to."""

    person_id = Line(dump_only=True)
    exported_at = fields.String(dump_only=True, metadata={"format": "date-time"})
    kept = fields.Dict(keys=fields.String(), values=fields.List(fields.Dict()), dump_only=True)
    names = fields.Dict(keys=fields.String(), values=fields.Dict(), dump_only=True)


class ErasureForm(Form):
    """An erasure that has begun; by `erased_by` the last row is gone."""

    person_id = Line(dump_only=True)
    state = fields.String(dump_only=True, metadata={"enum": ["erasing"]})
    erased_by = Moment(dump_only=True)

"""The form of a refusal (RFC 9457), for the description of the API."""

from __future__ import annotations

from marshmallow import Schema, fields

from matcher.api.forms.times import Moment


class FieldProblemForm(Schema):
    """One field that is wrong."""

    pointer = fields.String(required=True, metadata={"description": "JSON pointer (RFC 6901)."})
    detail = fields.String(required=True)


class ProblemForm(Schema):
    """What went wrong and what would be right."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldProblemForm))
    code = fields.String(metadata={"description": "For programs, with 409."})
    from_at = Moment(data_key="from", metadata={"description": "From when it becomes possible, where known."})

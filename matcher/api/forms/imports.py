"""The JSON forms of an import: the file that comes in, and the report on every row of it."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields, validate

from matcher.api.forms.base import Form
from matcher.api.forms.times import Moment
from matcher.domain.imports import ImportResult
from matcher.exchange.formats import READERS

_FORMATS: Final = tuple(READERS)


class UploadForm(Form):
    """A form that is sent as `multipart/form-data`, with one file in it."""

    file = fields.Raw(
        required=True, metadata={"type": "string", "contentMediaType": "application/octet-stream"}
    )


class ImportForm(UploadForm):
    """A file of listings and how it is written."""

    format = fields.String(
        required=True, validate=validate.OneOf(_FORMATS, error=f"Must be one of: {', '.join(_FORMATS)}.")
    )


class RowNoteForm(Schema):
    """What became of one value of a row."""

    field = fields.String(metadata={"description": "As the file names it."})
    reason = fields.String()
    value = fields.String()


class ImportLineForm(Schema):
    """One row of the file."""

    line = fields.Integer(metadata={"description": "Where it starts in the file, counted from 1."})
    result = fields.Enum(ImportResult, by_value=True)
    title = fields.String(allow_none=True)
    field = fields.String(allow_none=True, metadata={"description": "What is to be looked at first."})
    reason = fields.String(allow_none=True)
    opportunity_id = fields.String(allow_none=True)
    notes = fields.List(fields.Nested(RowNoteForm))


class ImportCountsForm(Schema):
    """Rows by result; the last three add up to the first."""

    rows = fields.Integer()
    draft = fields.Integer()
    unchanged = fields.Integer()
    refused = fields.Integer()


class ShownImportForm(Schema):
    """An import and what came of it; `counts` and `report` grow until it is ready."""

    id = fields.String()
    format = fields.String()
    state = fields.String(metadata={"enum": ["pending", "ready", "unreadable"]})
    detail = fields.String(allow_none=True, metadata={"description": "Why the file could not be read."})
    created_at = Moment()
    ready_at = Moment(allow_none=True)
    counts = fields.Nested(ImportCountsForm)
    report = fields.List(fields.Nested(ImportLineForm))

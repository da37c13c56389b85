"""The JSON form of an opportunity: what an organisation posts, and what it is shown of its own posting."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import fields, validate

from matcher.api.forms.base import Distinct, Form, Tuple, refuse_coordinates, words
from matcher.api.forms.fields import Flag, LanguageCode, Line, Number, Text, WholeNumber, Zone
from matcher.api.forms.times import Moment
from matcher.domain.opportunity import (
    AgeRange,
    GroupSize,
    Host,
    Opportunity,
    OpportunityState,
    Place,
    Session,
    missing_facts,
)
from matcher.domain.opportunity_rules import AGE_MAX_YEARS, CAPACITY_MAX, GROUP_SIZE_MAX, SESSIONS_MAX
from matcher.domain.values import Interaction, Kind, Requirement, StayStep, Stimulation

ID_MAX: Final = 64  # characters


class PlaceForm(Form):
    """Where it is. `{"id"}` alone names a place this organisation has used before."""

    makes = Place

    id = Line(max_length=ID_MAX, load_default=None)
    name = Line(load_default=None)
    address = Line(load_default=None)
    latitude = Number(load_default=None)
    longitude = Number(load_default=None)
    entry = Text(load_default=None)
    timezone = Zone(load_default=None)

    def made_of(self, values: dict[str, Any]) -> Place:
        """Half a pair of coordinates, or one that is nowhere, is refused."""
        refuse_coordinates(values["latitude"], values["longitude"])
        return Place(**values)


class SessionForm(Form):
    """One dated occurrence; `id` keeps one that stood before."""

    makes = Session

    id = Line(max_length=ID_MAX, load_default=None)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)


class GroupSizeForm(Form):
    """How many people, host and guest included."""

    makes = GroupSize

    typical = WholeNumber(least=1, most=GROUP_SIZE_MAX, load_default=None)
    max = WholeNumber(least=1, most=GROUP_SIZE_MAX, load_default=None)


class HostForm(Form):
    """Who waits there."""

    makes = Host

    name = Line(load_default=None)
    role = Line(load_default=None)
    greets_at_door = Flag(load_default=None)


class AgeForm(Form):
    """Ages in years, both ends included; null is open."""

    makes = AgeRange

    min = WholeNumber(least=0, most=AGE_MAX_YEARS, load_default=None)
    max = WholeNumber(least=0, most=AGE_MAX_YEARS, load_default=None)

    def written_as(self, written: dict[str, Any]) -> dict[str, Any]:
        """Null is a statement here: open at this end."""
        return written


class OpportunityForm(Form):
    """What an organisation posts. A draft may lack facts; `place` null says that it is online."""

    makes = Opportunity

    title = Line(load_default=None)
    kind = fields.Enum(Kind, by_value=True, load_default=None)
    summary = Text(load_default=None)
    place = fields.Nested(
        PlaceForm, allow_none=True, metadata={"description": "Null: online. Left out: not stated yet."}
    )
    sessions = Tuple(fields.Nested(SessionForm), most=SESSIONS_MAX, load_default=(), allow_none=True)
    duration_minutes = Number(load_default=None)
    open_when = Line(load_default=None)
    capacity = WholeNumber(least=1, most=CAPACITY_MAX, load_default=None)
    group_size = fields.Nested(GroupSizeForm, load_default=None)
    interaction = fields.Enum(Interaction, by_value=True, load_default=None)
    stimulation = fields.Enum(Stimulation, by_value=True, load_default=None)
    host = fields.Nested(HostForm, load_default=None)
    staffed = Flag(load_default=None)
    leave_any_time = Flag(load_default=None)
    regular_attendance = Flag(load_default=None)
    watch_first = Flag(load_default=None)
    companion_welcome = Flag(load_default=None)
    requires = Distinct(fields.Enum(Requirement, by_value=True), load_default=None)
    provides = words(load_default=None)
    languages = Distinct(LanguageCode(), load_default=None)
    topics = words(load_default=None)
    age = fields.Nested(AgeForm, load_default=None)
    not_expected = Tuple(Line(), load_default=None)
    if_you_do_not_come = Text(load_default=None)
    stay_step = fields.Enum(StayStep, by_value=True, load_default=None)
    free_exit = Text(load_default=None)
    how_to_join = Text(load_default=None)
    state = fields.Enum(
        OpportunityState,
        by_value=True,
        load_default=OpportunityState.draft,
        validate=validate.OneOf(
            [OpportunityState.draft, OpportunityState.published],
            error="Must be draft or published; a posting is withdrawn by its own call, and finishes by itself.",
        ),
        metadata={"enum": ["draft", "published"]},
    )

    def made_of(self, values: dict[str, Any]) -> Opportunity:
        """Null for a place means online; null for anything else means not stated."""
        if "place" in values:
            values["online"] = values["place"] is None
        values["sessions"] = values["sessions"] or ()
        values["group_size"] = values["group_size"] or GroupSize()
        values["host"] = values["host"] or Host()
        return Opportunity(**values)

    def show(self, value: object) -> dict[str, Any]:
        """The facts as stated; what is not stated is left out."""
        assert isinstance(value, Opportunity)
        shown = super().show(value)
        if value.online:
            shown["place"] = None
        shown["sessions"] = [session for session in shown["sessions"] if "starts_at" in session]
        return {name: fact for name, fact in shown.items() if fact != {}}


class ShownOpportunityForm(OpportunityForm):
    """A posting as its organisation reads it: nothing in it moves with guests (CARE 16)."""

    id = Line(dump_only=True)
    organisation_id = Line(dump_only=True)
    missing = fields.List(fields.String(), dump_only=True)
    state = fields.Enum(OpportunityState, by_value=True)

    def show(self, value: object) -> dict[str, Any]:
        """The facts as stated, and which are still missing."""
        assert isinstance(value, Opportunity)
        return {**super().show(value), "missing": list(missing_facts(value))}


class CaseOpportunityForm(OpportunityForm):
    """A posting as `matcher score` reads it from a file: everything that the API shows, in any state."""

    id = Line(max_length=ID_MAX, load_default=None)
    organisation_id = Line(max_length=ID_MAX, load_default=None)
    missing = fields.Raw(load_only=True)
    state = fields.Enum(OpportunityState, by_value=True, load_default=OpportunityState.draft)

    def made_of(self, values: dict[str, Any]) -> Opportunity:
        """What is still missing follows from the facts; it is read past."""
        values.pop("missing", None)
        return super().made_of(values)

"""The JSON form of a person: what a caseworker writes down at intake, together with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from marshmallow import ValidationError, fields, validate

from matcher.api.forms.base import Distinct, Form, Tuple, WordSet, refuse_coordinates, words
from matcher.api.forms.fields import Email, Flag, Line, Number, Rung, Text, WholeNumber, Zone
from matcher.api.forms.times import Clock, Moment
from matcher.domain.intake import ALIAS_MAX, USUAL_HOURS
from matcher.domain.opportunity_rules import GROUP_SIZE_MAX
from matcher.domain.person import (
    Consent,
    Contact,
    ContactHours,
    Pace,
    Person,
    PersonState,
    Supporter,
    Travel,
)
from matcher.domain.person_rules import DAYS_BETWEEN_MAX, TIMES_IN_28_DAYS_MAX, TRAVEL_MINUTES_MAX
from matcher.domain.values import (
    Approval,
    Availability,
    DayWindow,
    GeoPoint,
    Kind,
    Language,
    Purpose,
    Requirement,
    Rungs,
    TravelMode,
)
from matcher.services.zones import zone_at

# Limits of what can be meant, all judgement, 2026-11.
TEXT_VERSION_MAX: Final = 40  # characters
ID_MAX: Final = 64  # characters
WINDOWS_MAX: Final = 100
KEPT_MAX: Final = (
    1000  # consents and introductions stay on record and only ever become more; nobody comes to as many
)
BIRTH_YEARS: Final = (1000, 9999)  # four digits; the rules say which of them are adults

USUAL_PACE: Final = Pace(min_days_between=7, max_per_28_days=3)


class ContactForm(Form):
    """Where somebody is written to."""

    makes = Contact

    channel = Line(required=True, validate=validate.OneOf(["email"], error="Must be email, for now."))
    address = Email(required=True)


class StartPointForm(Form):
    """Where they would set out from, never asked as a home address; rounded to about 500 m at once (CARE 20)."""

    makes = GeoPoint

    latitude = Number(required=True)
    longitude = Number(required=True)

    def made_of(self, values: dict[str, Any]) -> GeoPoint:
        """The point on the fixed grid."""
        refuse_coordinates(values["latitude"], values["longitude"])
        return GeoPoint(**values).snapped()


class TravelForm(Form):
    """How far they go."""

    makes = Travel

    mode = fields.Enum(TravelMode, by_value=True, required=True)
    max_minutes = Number(least=0, most=TRAVEL_MINUTES_MAX, required=True)
    half_life_minutes = Number(least=1, most=TRAVEL_MINUTES_MAX, required=True)


class RungsForm(Form):
    """One rung for each aspect."""

    makes = Rungs

    group = Rung(required=True)
    interaction = Rung(required=True)
    unfamiliarity = Rung(required=True)
    travel = Rung(required=True)
    commitment = Rung(required=True)
    stimulation = Rung(required=True)


class AvailabilityForm(Form):
    """A weekly window of free time; weekday 0 is Monday."""

    makes = Availability

    weekday = WholeNumber(least=0, most=6, required=True)
    start = Clock(data_key="from", attribute="window.start", required=True)
    end = Clock(data_key="to", attribute="window.end", is_end=True, required=True)

    def made_of(self, values: dict[str, Any]) -> Availability:
        """A window inside one day."""
        window = DayWindow(**values["window"])
        if window.start >= window.end:
            raise ValidationError({"to": ["Must come after `from` on the same day; 24:00 is the day's end."]})
        return Availability(values["weekday"], window)


class ContactHoursForm(Form):
    """When they may be written to, on their own clock; it may run past midnight."""

    makes = ContactHours

    start = Clock(data_key="from", attribute="window.start", load_default=USUAL_HOURS.start)
    end = Clock(data_key="to", attribute="window.end", is_end=True, load_default=USUAL_HOURS.end)
    timezone = Zone(load_default=None, metadata={"description": "Left out: that of `start_point`."})

    def made_of(self, values: dict[str, Any]) -> ContactHours:
        """A window that is not empty."""
        window = DayWindow(**values["window"])
        if window.start == window.end:
            raise ValidationError({"to": ["Must differ from `from`; the whole day is 00:00 to 24:00."]})
        return ContactHours(window, values["timezone"])


class PaceForm(Form):
    """How often they want to be asked."""

    makes = Pace

    min_days_between = WholeNumber(least=0, most=DAYS_BETWEEN_MAX, required=True)
    max_per_28_days = WholeNumber(least=0, most=TIMES_IN_28_DAYS_MAX, required=True)


class SupporterForm(Form):
    """Family or a friend."""

    makes = Supporter

    relation = Line(max_length=ALIAS_MAX, required=True)
    contact = fields.Nested(ContactForm, required=True)
    receives_copy = Flag(load_default=False)


class ConsentForm(Form):
    """What they agreed to, in which words."""

    makes = Consent

    id = Line(max_length=ID_MAX, load_default=None)
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    text_version = Line(max_length=TEXT_VERSION_MAX, required=True)
    given_at = Moment(required=True)
    given_by = Line(load_default=None, metadata={"description": "Who wrote it down; set by Matcher."})
    withdrawn_at = Moment(load_default=None)


class PersonForm(Form):
    """What a caseworker writes down at intake."""

    makes = Person

    alias = Line(max_length=ALIAS_MAX, required=True)
    language = Line(
        required=True,
        validate=validate.OneOf(list(Language), error=f"Must be one of: {', '.join(Language)}."),
    )
    birth_year = WholeNumber(least=BIRTH_YEARS[0], most=BIRTH_YEARS[1], required=True)
    contact = fields.Nested(ContactForm, required=True)
    start_point = fields.Nested(StartPointForm, required=True)
    travel = fields.Nested(TravelForm, required=True)
    max_group_size = WholeNumber(least=1, most=GROUP_SIZE_MAX, required=True)
    comfort = fields.Nested(RungsForm, required=True)
    contact_hours = fields.Nested(ContactHoursForm, load_default=None)
    pace = fields.Nested(PaceForm, required=True)
    red_lines = WordSet(fields.Enum(Requirement, by_value=True), load_default=frozenset())
    needs = words(load_default=())
    kinds = Distinct(fields.Enum(Kind, by_value=True), load_default=())
    topics = words(load_default=())
    availability = Tuple(fields.Nested(AvailabilityForm), most=WINDOWS_MAX, load_default=())
    approval = fields.Enum(Approval, by_value=True, load_default=Approval.each)
    companion = Flag(load_default=False)
    introduced_to = Tuple(Line(max_length=ID_MAX), most=KEPT_MAX, load_default=())
    share_needs = words(load_default=())
    supporters = Tuple(fields.Nested(SupporterForm), load_default=())
    consents = Tuple(fields.Nested(ConsentForm), most=KEPT_MAX, load_default=())
    notes = Text(load_default=None)

    def made_of(self, values: dict[str, Any]) -> Person:
        """The clock of where they are, when no other was named."""
        hours = values["contact_hours"] or ContactHours(USUAL_HOURS, "")
        if not hours.timezone:
            hours = replace(hours, timezone=zone_at(values["start_point"]))
        return Person(**{**values, "contact_hours": hours})


class ShownPersonForm(PersonForm):
    """A person as their caseworker reads them."""

    id = Line(dump_only=True)
    state = fields.Enum(PersonState, by_value=True, dump_only=True)


class CasePersonForm(PersonForm):
    """A person as `matcher score` reads them from a file: what the API shows, and less where scoring reads less."""

    id = Line(max_length=ID_MAX, load_default=None)
    alias = Line(max_length=ALIAS_MAX, load_default="")
    contact = fields.Nested(ContactForm, load_default=None)
    pace = fields.Nested(PaceForm, load_default=USUAL_PACE)
    state = fields.Enum(PersonState, by_value=True, load_default=PersonState.open)
    excluded_organisation_ids = Tuple(Line(max_length=ID_MAX), load_default=())

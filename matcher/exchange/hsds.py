"""Reads Open Referral services (HSDS 3.0: one service, a list, a page with `contents`, or an organisation with its `services`) as drafts.

A directory says what a service is and where; whether a newcomer can simply be there, with how many and with whom, is
for the organisation to say. Contacts, phones and the names of people are not taken over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any, Final

from matcher.domain.imports import DraftRow, ImportReading, RefusedRow, UnreadableFile
from matcher.domain.opportunity import Opportunity, Place
from matcher.domain.text import LINE_MAX, TEXT_MAX
from matcher.exchange.file_row import FileRow
from matcher.exchange.json_things import Thing, ages_of, key_of, point_of, read_document
from matcher.exchange.reasons import Reason

_ADDRESS: Final = ("address_1", "address_2", "city", "region", "state_province", "postal_code")
# Words that bear on a fact but do not settle it.
_IN_WORDS: Final = {
    "fees_description": Reason.price_in_words,
    "application_process": Reason.sign_up_in_words,
    "eligibility_description": Reason.age_in_words,
    "interpretation_services": Reason.languages_in_words,
    "alert": Reason.remark,
}


def read_hsds(content: bytes, *, now: datetime) -> ImportReading:  # noqa: ARG001 - no day is read from a directory
    """Every service, in its order; `line` is its number, counted from 1.

    Raises UnreadableFile where the file as a whole cannot be read.
    """
    document = read_document(content)
    if isinstance(document, dict):
        lists = [document[name] for name in ("contents", "services") if isinstance(document.get(name), list)]
        document = lists[0] if lists else [document]
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise UnreadableFile("This is neither a service, a list of services nor a page of them.", why="items")
    return ImportReading(tuple(_rows(document)))


def _rows(services: list[Any]) -> Iterator[DraftRow | RefusedRow]:
    seen: dict[str, int] = {}
    for line, service in zip(count(1), map(Thing, services), strict=False):
        row = FileRow({name: service.said(name) for name in ("name", "description", *_IN_WORDS)})
        key, title = key_of("hsds", service.said("id") or service.said("name")), row.line("name")
        status = service.said("status")
        if status and status != "active":
            row.note("status", Reason.deleted, status)
            yield RefusedRow(line, key, tuple(row.notes[-1:]), title)
        elif key in seen:
            row.note("id", Reason.same_as_earlier, f"item {seen[key]}")
            yield RefusedRow(line, key, tuple(row.notes[-1:]), title)
        else:
            seen[key] = line
            found = _opportunity(service, row, title)
            if title is None:
                row.note("name", Reason.no_name)
                yield RefusedRow(line, None, tuple(row.notes[-1:]), rest=found)
            else:
                yield DraftRow(line, key, found, tuple(row.notes))


def _opportunity(service: Thing, row: FileRow, title: str | None) -> Opportunity:
    row.note("name", Reason.kind_in_words, "")
    for name, reason in _IN_WORDS.items():
        if row.said(name):
            row.note(name, reason)
    for one in service.things("schedules"):
        row.note("schedules", Reason.schedule_in_words, one.said("description") or one.said("byday"))
    place = _place(service, row)
    return Opportunity(
        title=title,
        summary=row.fitting("description", row.said("description"), TEXT_MAX, lines=True),
        online=None if place is None else False,
        place=place,
        languages=tuple(dict.fromkeys(filter(None, map(_code, service.things("languages"))))) or None,
        age=ages_of(service.number("minimum_age"), service.number("maximum_age"), "minimum_age", row),
    )


def _code(language: Thing) -> str:
    code = language.said("code").lower()
    return code if code.isascii() and code.isalpha() and len(code) in (2, 3) else ""


def _place(service: Thing, row: FileRow) -> Place | None:
    """Where it is, if it is at exactly one place one can go to."""
    found = [one.thing("location") for one in service.things("service_at_locations")]
    physical = [one for one in found if one.said("location_type") == "physical"]
    if len(physical) != 1 or len(found) != 1:
        row.note("service_at_locations", Reason.no_place, "")
        return None
    (location,) = physical
    addresses = location.things("addresses")
    address = next((one for one in addresses if one.said("address_type") == "physical"), Thing(None))
    point = point_of(location.number("latitude"), location.number("longitude"), "location", row)
    if words := location.said("transportation"):
        row.note("transportation", Reason.way_in_words, words)
    return Place(
        name=row.fitting("location.name", location.said("name"), LINE_MAX),
        address=row.fitting(
            "location.addresses", ", ".join(filter(None, map(address.said, _ADDRESS))), LINE_MAX
        ),
        latitude=point.latitude if point else None,
        longitude=point.longitude if point else None,
    )

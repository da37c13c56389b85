"""A posting as its form shows it: what is stated already, under the names of the fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from werkzeug.datastructures import MultiDict

from matcher.domain.opportunity import Opportunity, Place
from matcher.pages.portal.steps import NOT_EXPECTED, PROVIDED, SPOKEN
from matcher.pages.typed import MORE, NO, NONE_OF_THESE, YES

_FLAGS: Final = (
    "online", "staffed", "leave_any_time", "regular_attendance", "watch_first", "companion_welcome",
)  # fmt: skip
_PLAIN: Final = (
    "title", "kind", "summary", "how_to_join", "open_when", "capacity", "interaction", "stimulation",
    "if_you_do_not_come", "stay_step", "free_exit",
)  # fmt: skip
_LISTS: Final[dict[str, tuple[str, ...]]] = {
    "topics": (), "provides": PROVIDED, "languages": SPOKEN, "not_expected": NOT_EXPECTED,
}  # fmt: skip


def stated(posting: Opportunity) -> MultiDict[str, str]:
    """The fields of every step, filled with what the posting says."""
    return MultiDict(_fields(posting))


def _fields(posting: Opportunity) -> Iterator[tuple[str, str]]:
    for name in _PLAIN:
        yield from _shown(name, getattr(posting, name))
    for name in _FLAGS:
        yield from _flag(name, getattr(posting, name))
    for name, known in _LISTS.items():
        yield from _list(name, getattr(posting, name), known)
    yield from _list("requires", posting.requires, posting.requires or ())
    yield from _numbers(posting)
    yield from _place(posting.place or Place())
    yield from _shown("host.name", posting.host.name)
    yield from _shown("host.role", posting.host.role)
    yield from _flag("host.greets_at_door", posting.host.greets_at_door)


def _numbers(posting: Opportunity) -> Iterator[tuple[str, str]]:
    yield from _shown("group_size.typical", posting.group_size.typical)
    yield from _shown("group_size.max", posting.group_size.max)
    if posting.duration_minutes is not None:
        yield "duration_minutes", f"{posting.duration_minutes:.0f}"
    if posting.age is not None:
        yield from _shown("age.min", posting.age.min)
        yield from _shown("age.max", posting.age.max)
        if posting.age.min is None and posting.age.max is None:
            yield "age.open", YES


def _place(place: Place) -> Iterator[tuple[str, str]]:
    for name in ("name", "address", "latitude", "longitude", "entry"):
        yield from _shown(f"place.{name}", getattr(place, name))


def _shown(name: str, value: object) -> Iterator[tuple[str, str]]:
    if value is not None:
        yield name, str(value)


def _flag(name: str, value: bool | None) -> Iterator[tuple[str, str]]:
    if value is not None:
        yield name, YES if value else NO


def _list(name: str, values: Iterable[str] | None, known: Iterable[str]) -> Iterator[tuple[str, str]]:
    if values is None:
        return
    named = set(known)
    for value in values:
        if value in named:
            yield name, value
    if rest := [value for value in values if value not in named]:
        yield name + MORE, "\n".join(rest)
    if not list(values):
        yield name + NONE_OF_THESE, YES

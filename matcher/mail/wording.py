"""The facts of a card as short sentences in the reader's language, for a letter and a page alike."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

from babel.dates import format_date, format_time, format_timedelta, get_timezone_name

from matcher.domain.card import Card, Plan
from matcher.domain.text import has_title
from matcher.domain.values import Language, Requirement

_MINUTES_PER_HOUR: Final = 60
# What people fear and a posting states by leaving it out of `requires` (CARE 8).
_NOT_ASKED_IN_PERSON: Final = (
    Requirement.phone_call,
    Requirement.real_name,
    Requirement.registration_form,
    Requirement.payment,
)
_NOT_ASKED_ONLINE: Final = (
    Requirement.camera,
    Requirement.microphone,
    Requirement.phone_call,
    Requirement.real_name,
    Requirement.payment,
)


@dataclass(frozen=True, slots=True)
class Detail:
    """One heading (`when`, `where`, …) with what there is to say under it, a sentence or an item a line."""

    key: str
    label: str
    lines: tuple[str, ...]


def written_language(code: str) -> Language:
    """The language a letter is written in: theirs where Matcher writes it, else English."""
    return Language(code) if code in tuple(Language) else Language.en


def words(language: str) -> Mapping[str, Any]:
    """The short words of a language, by table and key."""
    return _read_words(written_language(language))


@cache
def _read_words(language: Language) -> Mapping[str, Any]:
    source = files("matcher.mail").joinpath("templates", language, "words.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def called(name: str, language: str) -> str:
    """A person's family name as one says it: with san in Japanese, unless a title is there already."""
    form: str = words(language)["language"]["called"]
    return name if has_title(name) else form.format(name=name)


def details(card: Card) -> tuple[Detail, ...]:
    """All that an invitation tells beside title and summary (CARE 6); nothing to say means no heading."""
    says = {
        "when": when_lines(card),
        "where": _where(card),
        "way_in": _way_in(card),
        "people": _people(card),
        "like": _like(card),
        "not_expected": _not_expected(card),
        "needed": _named(card.requires, card.language, "requires"),
        "provides": _named(card.provides, card.language, "provides"),
        "leaving": _leaving(card),
        "not_coming": [card.if_you_do_not_come],
    }
    return _headed(card.language, says)


def short_details(plan: Plan) -> tuple[Detail, ...]:
    """When and where only: for those who need no more."""
    return _headed(plan.language, {"when": when_lines(plan), "where": _place(plan)})


def needs_in_words(needs: Iterable[str], language: str) -> list[str]:
    """What a guest agreed to share, each in words."""
    return _named(needs, language, "provides")


def facts_in_words(facts: Iterable[str], language: str) -> list[str]:
    """Names of facts (`TOLD_FACTS`) in words, each once."""
    return _named(facts, language, "fact")


def when_lines(plan: Plan) -> list[str]:
    """Date with weekday and times, or when it is open and how long it takes, on the clock of the plan's zone."""
    table = words(plan.language)
    locale, sentence = table["language"]["locale"], table["sentence"]
    lines = []
    if plan.starts_at is None or plan.ends_at is None:
        free = (
            sentence["open_when"].format(open_when=plan.open_when) if plan.open_when else sentence["any_time"]
        )
        lines.append(free)
        if plan.duration_minutes:
            lines.append(
                sentence["duration"].format(duration=_duration(plan.duration_minutes, plan.language))
            )
    else:
        one_day = plan.starts_at.date() == plan.ends_at.date()
        lines.append(
            sentence["same_day" if one_day else "other_day"].format(
                date=format_date(plan.starts_at, table["language"]["date"], locale),
                start=format_time(plan.starts_at, "short", locale=locale),
                end_date=format_date(plan.ends_at, table["language"]["date"], locale),
                end=format_time(plan.ends_at, "short", locale=locale),
            )
        )
    if plan.says_timezone and plan.starts_at is not None:
        lines.append(sentence["zone"].format(zone=get_timezone_name(plan.starts_at, locale=locale)))
    return lines


def _place(plan: Plan) -> list[str]:
    if plan.online:
        return [words(plan.language)["sentence"]["online"]]
    return [plan.place_name] if plan.place_name else []


def _where(card: Card) -> list[str]:
    table = words(card.language)
    lines = _place(card)
    if card.place_address:
        lines.append(card.place_address)
    if card.travel_minutes is not None and card.mode is not None:
        duration = _duration(card.travel_minutes, card.language)
        lines.append(table["sentence"]["travel"].format(duration=duration, mode=table["mode"][card.mode]))
    return lines


def _way_in(card: Card) -> list[str]:
    sentence = words(card.language)["sentence"]
    if card.online:
        asked_by = called(card.asked_by, card.language)
        return [card.how_to_join or sentence["join_by_asking"].format(asked_by=asked_by)]
    lines = [step.strip() for step in (card.place_entry or "").splitlines()]
    if card.greets_at_door:
        lines.append(sentence["greets"].format(host=called(card.host_name, card.language)))
    return lines


def _people(card: Card) -> list[str]:
    sentence = words(card.language)["sentence"]
    size = sentence["range" if card.group_typical < card.group_max else "exactly"]
    lines = [
        sentence["host"].format(host=called(card.host_name, card.language), role=card.host_role),
        size.format(low=card.group_typical, high=card.group_max),
    ]
    if card.staffed:
        lines.append(sentence["staffed"])
    return lines


def _like(card: Card) -> list[str]:
    table = words(card.language)
    lines = [table["interaction"][card.interaction], table["stimulation"][card.stimulation]]
    said = {
        "watch_first": card.watch_first,
        "companion": card.companion_welcome,
        "regular": card.regular_attendance,
    }
    lines += [table["sentence"][name] for name, true in said.items() if true]
    if card.stay_step is not None:
        lines.append(table["stay_step"][card.stay_step])
    return lines


def _not_expected(card: Card) -> list[str]:
    usual = _NOT_ASKED_ONLINE if card.online else _NOT_ASKED_IN_PERSON
    unasked = [requirement for requirement in usual if requirement not in card.requires]
    return _named((*card.not_expected, *unasked), card.language, "not_expected", "requires")


def _leaving(card: Card) -> list[str]:
    sentence = words(card.language)["sentence"]
    how = sentence["leave_any_time" if card.leave_any_time else "leave_by_telling"]
    lines = [how.format(host=called(card.host_name, card.language))]
    if card.free_exit:
        lines.append(card.free_exit)
    return lines


def _duration(minutes: float, language: str) -> str:
    form = words(language)["language"]
    hours, rest = divmod(max(1, math.ceil(minutes)), _MINUTES_PER_HOUR)
    parts = [timedelta(hours=hours), timedelta(minutes=rest)]
    said = " ".join(format_timedelta(part, threshold=1, locale=form["locale"]) for part in parts if part)
    return said.replace(" ", form["word_gap"])


def _named(names: Iterable[str], language: str, *tables: str) -> list[str]:
    """Known names in the reader's words, others as they were written; each once, in the order given."""
    known: dict[str, str] = {}
    for table in tables:
        known = {**words(language)[table], **known}
    return list(dict.fromkeys(known.get(name, name.replace("_", " ")) for name in names))


def _headed(language: str, says: Mapping[str, list[str]]) -> tuple[Detail, ...]:
    labels = words(language)["label"]
    return tuple(
        Detail(key, labels[key], tuple(line for line in lines if line))
        for key, lines in says.items()
        if any(lines)
    )

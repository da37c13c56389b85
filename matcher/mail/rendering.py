"""One letter, written once per language, rendered as text and as HTML from the same sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from matcher.mail.wording import called, words, written_language

# Not for reading: control characters, changes of writing direction, halves of surrogate pairs.
_UNREADABLE: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_GAP: Final = re.compile(r"\n{3,}")
_TAPPABLE: Final = re.compile(r"https?://[^\s<>\"'、。）)]+|\+?\d[\d-]{6,}\d")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter in both forms."""

    subject: str
    text: str
    html: str


def render(letter: str, language: str, *, reference: str | None = None, **values: Any) -> Rendered:
    """Render `templates/LANGUAGE/LETTER.jinja`; `reference`, an id, is all that a subject may carry (CARE 22)."""
    code = written_language(language)
    subject = words(code)["subject"][letter].format(reference=f" ({reference})" if reference else "")
    name = f"{code}/{letter}.jinja"
    values |= {"language": code, "subject": subject, "called": partial(called, language=code)}
    text = _environment("text").get_template(name).render(values)
    html = _environment("html").get_template(name).render(values)
    return Rendered(subject, _GAP.sub("\n\n", text).strip() + "\n", html.strip() + "\n")


def readable(value: str) -> str:
    """A value without what nobody can read; line breaks stay."""
    return _UNREADABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))


@cache
def _environment(form: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("matcher.mail"),
        autoescape=form == "html",  # noqa: S701 - the other form is plain text
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["form"] = f"{form}.jinja"
    environment.filters["tappable"] = tappable
    return environment


def _finalize(value: object) -> object:
    return readable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def tappable(line: str) -> Markup:
    """Numbers to call and addresses to open as links: help is one tap away (CARE 12)."""
    parts, end = [], 0
    for found in _TAPPABLE.finditer(line):
        shown = found.group()
        target = shown if shown.startswith("http") else f"tel:{shown}"
        parts += [escape(line[end : found.start()]), Markup('<a href="{}">{}</a>').format(target, shown)]
        end = found.end()
    return Markup("").join([*parts, escape(line[end:])])

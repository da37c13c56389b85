"""Every sentence of the pages is said in every language, and the compiled words are those of the catalogue."""

from __future__ import annotations

import re
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.mail.test_words import FORBIDDEN

MATCHER = Path(str(files("matcher")))
TRANSLATED = ("ja",)  # English is the source
METHODS = [("pages/templates/**.html", "jinja2")]


def catalogue(language: str) -> Catalog:
    with (MATCHER / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return read_po(source, locale=language)


def said() -> set[str]:
    """Every sentence that stands in a template now."""
    return {str(found[2]) for found in extract_from_dir(MATCHER, METHODS)}


def test_the_search_finds_the_sentences() -> None:
    assert {"Not now", "Pause everything"} <= said()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_none_is_left_over(language: str) -> None:
    kept = catalogue(language)
    known = {str(message.id): message for message in kept if message.id}
    assert set(known) == said()
    assert not kept.obsolete
    for message in known.values():
        assert message.string, message.id
        assert not message.fuzzy, message.id
        assert not list(message.check(kept)), message.id
        places = [sorted(re.findall(r"%\(\w+\)s", str(text))) for text in (message.id, message.string)]
        assert places[0] == places[1], message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_words_are_those_of_the_catalogue(language: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    kept = MATCHER / "translations" / language / "LC_MESSAGES" / "messages.mo"
    assert kept.read_bytes() == compiled.getvalue(), "Run `pybabel compile -d matcher/translations`."


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_holds_a_forbidden_word(language: str) -> None:
    for sentence in [*said(), *(str(message.string) for message in catalogue(language) if message.id)]:
        found = FORBIDDEN.search(sentence)
        assert found is None, (sentence, found)
        assert "!" not in sentence
        assert "！" not in sentence


def test_no_template_says_anything_untranslated() -> None:
    for template in (MATCHER / "pages" / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
        words = re.sub(r"<[^>]+>", " ", text).split()
        assert set(words) <= {"Matcher"}, template.name

"""What somebody agreed to stays what they heard: another sentence is another edition (CARE 21)."""

from __future__ import annotations

import hashlib

import pytest
from flask import render_template_string
from flask_babel import force_locale

from matcher.domain.intake import TEXT_VERSION
from matcher.domain.values import Purpose
from tests.builders import World
from tests.pages.views import LANGUAGES, make_app

READ = "{% from 'consents.html' import consent_sentences with context %}{{ consent_sentences[purpose] }}"

# The sentences of each edition. Whoever changes one raises TEXT_VERSION and adds a line; none is ever changed.
EDITIONS = {"2026-11": {"en": "d7e99f425282419b", "ja": "bbeda141f8c93d24"}}


def heard(world: World, language: str) -> str:
    with make_app(world).test_request_context(), force_locale(language):
        sentences = [str(render_template_string(READ, purpose=purpose)) for purpose in Purpose]
    assert all(len(sentence) > 20 for sentence in sentences)
    assert len(set(sentences)) == len(Purpose)
    return hashlib.sha256("\n".join(sentences).encode()).hexdigest()[:16]


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_21_the_sentences_are_those_of_their_edition(world: World, language: str) -> None:
    assert heard(world, language) == EDITIONS[TEXT_VERSION][language]

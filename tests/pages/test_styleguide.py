"""The page of components: there while trying out, gone where real mail is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from matcher import pages
from tests.builders import make_world
from tests.pages.views import make_app


@pytest.mark.parametrize(("language", "said"), [("en", "What pages are made of"), ("ja", "ページの部品")])
def test_every_component_can_be_looked_at_in_either_language(
    tmp_path: Path, language: str, said: str
) -> None:
    world = make_world(tmp_path)
    shown = make_app(world).test_client().get("/styleguide", headers={"Accept-Language": language})
    assert shown.status_code == 200
    assert said in shown.text
    assert 'method="post"' not in shown.text, "nothing there does anything"
    world.close()


def test_it_is_no_part_of_an_application_that_sends_real_mail(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    app = Flask("matcher", static_folder=None)
    pages.register(app, world.outside, mail_folder=None)
    assert app.test_client().get("/styleguide").status_code == 404
    world.close()

"""Rules of care that the pages hold, each named after its number."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from matcher.mail.wording import details
from matcher.services.answers.answering import open_invitation
from matcher.storage.tables import MatchRow, Occurrence
from tests.builders import World
from tests.mail.test_words import FORBIDDEN
from tests.pages.conftest import SetScene, everything
from tests.pages.views import ALIAS, LANGUAGES, ORGANISATION, VIEWS, make_app

PAGE_BYTES_MAX = 30_000  # the page, its stylesheet and its icon, as they are sent
SOMEWHERE_ELSE = re.compile(r"""(?:href|src|action|url\()=?["']?(?:https?:)?//""")
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def shown(text: str) -> str:
    """What a reader sees of a page."""
    return unescape(re.sub(r"<[^>]+>", " ", text.partition("<body>")[2]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_4_answers_weigh_the_same_and_not_now_comes_first(scene: SetScene, language: str) -> None:
    page = scene("open", language).get().text
    form = page.partition('<form class="choices" method="post">')[2].partition("</form>")[0]
    button = r'<button name="answer" value="(\w+)">[^<]+</button>'
    assert re.findall(button, form) == ["not_now", "accept", "too_much", "not_for_me"]
    # The form is nothing else: no class, size, further field or step tells one answer from another.
    assert re.sub(button, "", form).strip() == ""


def test_care_4_every_answer_takes_one_click_and_no_reason(scene: SetScene) -> None:
    for answer in ("not_now", "accept", "too_much", "not_for_me"):
        one = scene()
        assert not re.search(r"<(input|textarea|select)\b", one.get().text)
        one.post(answer=answer)
        assert one.row.answer == answer


@pytest.mark.parametrize("view", [view for view in VIEWS if "paused" not in view])
def test_care_4_pause_everything_is_on_every_page(scene: SetScene, view: str) -> None:
    one = scene(view)
    assert '<button name="pause" value="on">Pause everything</button>' in one.get().text
    one.post(pause="on")
    assert "Pause everything" not in one.get().text


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_5_no_score_rank_or_number_of_seats_reaches_the_page(scene: SetScene, language: str) -> None:
    one = scene("open", language)
    before = one.get().text
    with one.world.database.writing() as session:
        session.execute(update(MatchRow).values(score=0.98765, step="one_small_stretch", explanation={}))
        session.execute(update(Occurrence).values(capacity=4, taken=3))
    assert one.get().text == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", VIEWS)
def test_care_5_7_12_every_view_is_calm_discreet_and_has_help_one_tap_away(
    scene: SetScene, view: str, language: str
) -> None:
    page = scene(view, language).get().text
    found = FORBIDDEN.search(shown(page))
    assert found is None, found
    assert not re.search("[!！]", shown(page))
    assert not re.search(r"http-equiv|<time|<progress|<meter", page)
    assert re.findall("<title>(.*)</title>", page) == [{"ja": "お知らせ", "en": "A note"}[language]]
    for secret in (ALIAS, "haru@example.org", ORGANISATION, "izumi@example.org", "Matcher", "volunteering"):
        assert secret not in page
    assert '<a href="tel:0120-000-000">0120-000-000</a>' in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_6_the_page_says_everything_the_letter_says(scene: SetScene, language: str) -> None:
    one = scene("open", language, requires=["dress_code"])
    with one.world.database.reading() as session:
        opened = open_invitation(session, one.path.removeprefix("/i/"), one.world.clock())
    assert opened is not None
    page, said = shown(one.get().text), details(opened.card)
    asked_for = {
        "when",
        "where",
        "way_in",
        "people",
        "like",
        "not_expected",
        "leaving",
        "not_coming",
        "needed",
    }
    assert asked_for <= {detail.key for detail in said}
    for detail in said:
        for line in (detail.label, *detail.lines):
            assert line in page


@pytest.mark.parametrize("view", VIEWS)
def test_care_9_a_get_changes_nothing(scene: SetScene, view: str) -> None:
    one = scene(view)
    paths = [one.path, one.pause_path, f"{one.path}/calendar.ics", "/", "/dev/mail"]
    paths += [f"{one.path}?answer=accept&pause=on", f"{one.pause_path}?List-Unsubscribe=One-Click"]
    before = everything(one.world)
    for path in paths:
        for method in ("GET", "HEAD", "OPTIONS"):
            # A scanner that sends a form's fields without posting them answers nothing either.
            one.client.open(path, method=method, data={"answer": "accept", "pause": "on"})
    assert everything(one.world) == before


def test_care_12_help_is_one_tap_away_on_every_other_page(scene: SetScene) -> None:
    one = scene()
    paths = (one.pause_path, "/", "/dev/mail", "/i/nobodys", "/pause/nobodys", "/nothing")
    pages = [one.client.get(path) for path in paths]
    for page in (*pages, one.client.post(one.pause_path), one.client.post("/")):
        assert "tel:0120-000-000" in page.text


@pytest.mark.parametrize("view", ["open", "accepted", "paused"])
def test_care_25_26_the_headers_keep_the_link_here(scene: SetScene, view: str) -> None:
    one = scene(view)
    client, path, pause = one.client, one.path, one.pause_path
    answers = [client.get(path), client.head(path), client.get(f"{path}/calendar.ics"), client.get(pause)]
    answers += [
        client.get("/i/nobodys"),
        client.get("/pause/nobodys"),
        client.post(path, data={"answer": "x"}),
    ]
    answers += [
        client.post(path, data=b"x" * 9000),
        client.put(path),
        client.get("/"),
        client.get("/nothing"),
    ]
    answers += [one.post(answer="undo"), client.post(pause), client.post("/pause/nobodys")]
    for answer in answers:
        headers = answer.headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == POLICY
        assert "Set-Cookie" not in headers
        assert "Strict-Transport-Security" not in headers


def test_care_25_26_https_is_kept_where_the_deployment_has_it(world: World) -> None:
    world.outside = replace(world.outside, base_url="https://matcher.example.org")
    answer = make_app(world).test_client().get("/i/nobodys")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_26_nothing_comes_from_elsewhere_and_the_page_is_light(scene: SetScene, language: str) -> None:
    one = scene("open", language)
    page = one.get()
    needed = re.findall(r'<link rel="\w+" href="([^"]+)"', page.text)
    assert len(needed) == 2
    answers = [page, *map(one.client.get, needed)]
    for answer in answers:
        assert answer.status_code == 200
        assert not SOMEWHERE_ELSE.search(answer.text)
        assert not re.search("@import|<script| style=| on[a-z]+=", answer.text)
    asking = {"Accept-Encoding": "gzip, deflate, br"}  # as every browser does
    sent = [one.client.get(path, headers=asking) for path in (one.path, *needed)]
    assert sum(len(answer.data) for answer in sent) <= PAGE_BYTES_MAX
    assert gzip.decompress(sent[-1].data) == answers[-1].data
    assert sent[-1].headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in sent[-1].headers["Vary"]


def test_care_26_a_file_of_the_page_leads_nowhere_else(client: FlaskClient) -> None:
    for name in ("../showing.py", "..%2fshowing.py", "base.html", ""):
        assert client.get(f"/assets/{name}").status_code == 404

"""A seeded Matcher that is served, and a scanner that opens every page of it through its links."""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from flask import Flask
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import select
from waitress.server import create_server
from werkzeug.datastructures import MultiDict

from matcher import api, pages
from matcher.cli.seeding import Seeded, seed
from matcher.services.access.keys import Caller
from matcher.services.asking import calendar_feed
from matcher.services.finding import requesting
from matcher.services.listings import importing
from matcher.services.people import intake, people
from matcher.storage.tables import InvitationRow, Occurrence, PersonRow
from tests.builders import World, make_world
from tests.exchange.municipal_files import as_text, listing
from tests.local_server import LOOPBACK
from tests.pages.intakes import HARU

OF_ONE_KIND = 6  # pages of one address pattern that are opened; the next ones are made by the same lines
MANY = 400  # far more pages than there are: a scan that does not end says so


@dataclass
class Scanner:
    """What one scanner has opened, by address pattern, and what went wrong on the way.

    `look` is called with every page that is shown, the name of its address pattern and how many of it were shown before.
    """

    app: Flask
    origin: str
    opened: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    look: Callable[[Page, str, int], None] = lambda _page, _endpoint, _number: None

    def scan(self, context: BrowserContext, *starts: str) -> None:
        """Open the pages at `starts` and everything that links lead to from there."""
        opened: Counter[str] = Counter()
        page = context.new_page()
        page.on("request", lambda request: self._check_origin(request.url))
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: {error}"))
        page.on(
            "console", lambda said: said.type == "error" and self.wrong.append(f"{page.url}: {said.text}")
        )
        waiting, seen = deque(starts), set(starts)
        for _ in range(MANY):
            if not waiting:
                page.close()
                return
            path = waiting.popleft()
            endpoint = self._endpoint(path)
            opened[endpoint] += 1
            if opened[endpoint] > OF_ONE_KIND:
                continue
            self.opened.add(endpoint)
            if self._is_a_file(path):
                answer = context.request.get(self.origin + path)
                self._note(path, answer.status)
                continue
            shown = page.goto(self.origin + path)
            self._note(path, shown.status if shown else 0)
            self.look(page, endpoint, opened[endpoint] - 1)
            for href in page.eval_on_selector_all(
                "a[href]", "links => links.map(one => one.getAttribute('href'))"
            ):
                target = urlsplit(urljoin(self.origin + path, href))
                found = target.path + (f"?{target.query}" if target.query else "")
                if f"{target.scheme}://{target.netloc}" == self.origin and found not in seen:
                    seen.add(found)
                    waiting.append(found)
        raise AssertionError("The scan does not end.")

    def _endpoint(self, path: str) -> str:
        endpoint, _ = self.app.url_map.bind("").match(urlsplit(path).path, method="GET")
        return str(endpoint)

    def _is_a_file(self, path: str) -> bool:
        return urlsplit(path).path.endswith((".ics", ".json", ".csv", ".html"))

    def _note(self, path: str, status: int) -> None:
        if not 200 <= status < 400:
            self.wrong.append(f"{path} answered {status}")

    def _check_origin(self, url: str) -> None:
        if not url.startswith((self.origin, "data:", "blob:")):
            self.wrong.append(f"asked another origin: {url}")


@dataclass
class Place:
    """A seeded world that is served, with an invitation in several states; `calendar` is a private address."""

    world: World
    made: Seeded
    app: Flask
    origin: str
    calendar: str


@contextmanager
def served(folder: Path) -> Iterator[Place]:
    """The seeds and what workers make of them, half a day on, with everything the pages need, on a free port."""
    world = make_world(folder)
    made = seed(world.outside, world.clock())
    world.work()
    _write_to_some(world, made.callers["mori"])
    with world.database.writing() as session:
        file = as_text(listing(), listing(名称="", 定員="6")).encode()
        importing.receive(session, made.organisations["izumi"], "municipal-csv", file, world.clock())
        said = {question: MultiDict(answer).to_dict(flat=False) for question, answer in HARU.items()}
        draft = intake.begin(session, made.callers["mori"], "you", said.pop("you"), world.clock())
        for question, answer in said.items():
            intake.answer(session, draft, question, answer, world.clock(), seen=intake.mark({}))
        token = calendar_feed.make(session, made.organisations["izumi"], world.clock())
    world.work()
    app = Flask("matcher", static_folder=None)
    pages.register(app, world.outside, mail_folder=world.mail_folder)
    api.register(app, world.outside, pages.error_page)
    server = create_server(app, host=LOOPBACK, port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield Place(world, made, app, f"http://{LOOPBACK}:{server.effective_port}", f"/calendar/{token}.ics")
    server.close()
    thread.join(timeout=5)
    world.close()


def _write_to_some(world: World, caller: Caller) -> None:
    """Time passes until the letters of standing approvals are out; two are answered, and a caseworker asks what there is for each."""
    world.clock.advance(hours=12)
    world.work()
    with world.database.writing() as session:
        everybody = session.scalars(select(PersonRow.id).where(PersonRow.team_id == caller.team_id)).all()
        assert everybody
        for person_id in everybody:  # whoever's page is opened, one of what was asked about them can be
            requesting.request(
                session, people.locked(session, caller, person_id), caller, [], None, world.clock()
            )
    with world.database.reading() as session:
        query = select(InvitationRow.id).join(Occurrence).where(InvitationRow.state == "sent")
        sent = session.scalars(query.order_by(Occurrence.starts_at.is_(None), InvitationRow.id)).all()
    assert len(sent) >= 2
    world.answer(sent[0], "accept")
    world.answer(sent[1], "not_now")
    world.work()


def home(email: str) -> str:
    return {"mori@example.jp": "/desk", "izumi@example.org": "/portal"}.get(email, "/admin")


def one_of_each_role(made: Seeded) -> list[tuple[str, str]]:
    """E-mail and password of one account for each home."""
    return list({home(email): (email, password) for email, password in made.sign_ins.values()}.values())


def sign_in(context: BrowserContext, origin: str, email: str, password: str) -> None:
    page = context.new_page()
    page.goto(f"{origin}/sign-in")
    page.locator("input[type=email]").fill(email)
    page.locator("input[type=password]").fill(password)
    with page.expect_navigation():
        page.locator("main button").first.click()
    assert "/sign-in" not in page.url
    page.close()


def own_pages(context: BrowserContext, place: Place) -> str:
    """Where the pages of somebody are who has typed the digits in this browser."""
    path = next(one for one in links_in_letters(place.world) if one.startswith("/me/"))
    page = context.new_page()
    page.goto(f"{place.origin}{path}/code")
    before = len(place.world.letters())
    with page.expect_navigation():
        page.locator("main button").first.click()
    place.world.work()
    newest = place.world.letters()[: len(place.world.letters()) - before]
    digits = re.search(r"(?m)^(\d{6})$", newest[0].text)
    assert digits is not None, newest[0].text
    page.get_by_role("textbox").fill(digits.group(1))
    with page.expect_navigation():  # a page that is closed while it goes elsewhere may never be
        page.locator("main button").first.click()
    assert page.url == place.origin + path
    page.close()
    return path


def links_in_letters(world: World) -> list[str]:
    base = re.escape(world.outside.base_url)
    return sorted(
        {path for letter in world.letters() for path in re.findall(rf"{base}(/[^\s<>\"]+)", letter.text)}
    )

"""A desk with somebody at it, and somebody in each way they can stand on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import select, update

from matcher.domain.values import Aspect, Kind
from matcher.scoring.comfort import learn
from matcher.services.access.keys import Caller
from matcher.services.finding import requesting
from matcher.services.people import people
from matcher.storage.people import comfort_of, history_entry_of, set_comfort
from matcher.storage.tables import HistoryRow, InvitationRow, MatchRow, PersonRow
from tests.accounts import Human, a_human
from tests.builders import World, make_world
from tests.pages.browser import Browser
from tests.pages.views import ALIAS, CASEWORKERS, ORGANISATION, POSTINGS, make_app


@dataclass
class Desk:
    """One person's page, and the browser of whoever accompanies them."""

    world: World
    browser: Browser
    human: Human
    person_id: str

    @property
    def path(self) -> str:
        """Where the person's page is."""
        return f"/desk/people/{self.person_id}"

    @property
    def row(self) -> PersonRow:
        """How the person stands in the record."""
        with self.world.database.reading() as session:
            return session.get_one(PersonRow, self.person_id)

    @property
    def invitation(self) -> InvitationRow:
        """Their newest invitation."""
        return newest_invitation(self.world, self.person_id)

    def today(self) -> str:
        """The text of the first page."""
        page = self.browser.get("/desk")
        assert page.status_code == 200
        return page.text

    def look(self) -> str:
        """The text of the person's page."""
        page = self.browser.get(self.path)
        assert page.status_code == 200
        return page.text

    def do(self, path: str, **fields: str) -> int:
        """Press a button that leads to `path`; the page it stands on is open. Gives the status."""
        return self.browser.send(path, follow=False, **fields).status_code

    def match_id(self) -> str:
        """The best proposal."""
        return self.world.matches(self.person_id)[0].id

    def ask(self, *kinds: Kind) -> str:
        """A request; gives its id."""
        with self.world.database.writing() as session:
            row = people.get(session, self.world.caseworker, self.person_id)
            return requesting.request(
                session, row, self.world.caseworker, kinds, "For May", self.world.clock()
            ).id


Story = Callable[[World, str], None]


def _approved(world: World, person_id: str) -> None:
    world.approve(world.matches(person_id)[0].id)


def _sent(world: World, person_id: str) -> None:
    _approved(world, person_id)
    world.work()


def _answered(deed: str, days: float = 0) -> Story:
    def story(world: World, person_id: str) -> None:
        _sent(world, person_id)
        world.answer(newest_invitation(world, person_id).id, deed)
        world.clock.advance(days=days)
        world.work()

    return story


def _visited(outcome: str) -> Story:
    def story(world: World, person_id: str) -> None:
        _answered("accept", days=9)(world, person_id)
        world.visit(newest_invitation(world, person_id).id, outcome)
        world.work()

    return story


def _turned(turn: Callable[..., None]) -> Story:
    def story(world: World, person_id: str) -> None:
        with world.database.writing() as session:
            row = people.locked(session, world.caseworker, person_id)
            turn(session, row, world.clock())
        world.work()

    return story


def _nothing(world: World, person_id: str) -> None:
    with world.database.writing() as session:
        session.execute(update(MatchRow).where(MatchRow.person_id == person_id).values(state="stale"))


# Each way a person's page can look, and how it comes to.
SITUATIONS: Final[dict[str, Story]] = {
    "proposed": lambda _world, _person_id: None,
    "nothing": _nothing,
    "approved": _approved,
    "sent": _sent,
    "accepted": _answered("accept", days=1),
    "over": _answered("accept", days=9),
    "declined": _answered("not_now"),
    "resting": _answered("not_now", days=1),
    "too_much": _answered("too_much", days=1),
    "visited": _visited("ok"),
    "visit_too_much": _visited("too_much"),
    "paused": _turned(people.pause),
    "frozen": _turned(people.freeze),
}


def newest_invitation(world: World, person_id: str) -> InvitationRow:
    """The newest invitation of somebody."""
    query = select(InvitationRow).where(InvitationRow.person_id == person_id)
    with world.database.reading() as session:
        return session.scalars(query.order_by(InvitationRow.id.desc())).all()[0]


def live_through(world: World, person_id: str, *visits: tuple[int, str, dict[str, float]]) -> None:
    """Visits in the past of somebody: so many days later, how it was, and what it asked beside the usual."""
    for number, (days, outcome, asked) in enumerate(visits):
        world.clock.advance(days=days)
        usual = dict(zip(Aspect, (1.0, 2.0, 2.0, 1.0, 1.0, 1.0), strict=True))
        with world.database.writing() as session:
            row = people.locked(session, world.caseworker, person_id)
            line = HistoryRow(
                person_id=person_id, at=world.clock(), outcome=outcome, aspects=usual | asked, source=f"lived {number}"
            )  # fmt: skip
            session.add(line)
            set_comfort(row, learn(comfort_of(row), history_entry_of(line)), world.clock())


def set_desk(world: World, situation: str = "proposed", language: str = "en", **changes: Any) -> Desk:
    """Somebody in a situation, and whoever accompanies them, signed in; `changes` are of the intake."""
    if changes:
        person_id, human = _play(world, situation, language, **changes)
    else:
        person_id, human = _begin_at(world, situation, language)
    browser = Browser(make_app(world), language=language)
    browser.sign_in(human)
    return Desk(world, browser, human, person_id)


def _play(world: World, situation: str, language: str, **changes: Any) -> tuple[str, Human]:
    world.caseworker = world.a_caseworker(CASEWORKERS[language])
    world.an_opportunity(world.an_organisation(ORGANISATION), **POSTINGS[language])
    person_id = world.a_person(**({"alias": ALIAS, "language": language} | changes))
    world.work()
    SITUATIONS[situation](world, person_id)
    return person_id, a_human(world)


def _begin_at(world: World, situation: str, language: str) -> tuple[str, Human]:
    """Put everything there was at that point into an empty world."""
    folder, played, person_id, human = _played(situation, language)
    world.database.close()
    path = Path(str(world.database.url.database))
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    shutil.copy(Path(folder.name) / "matcher.db", path)
    if played.mail_folder.exists():
        shutil.copytree(played.mail_folder, world.mail_folder, dirs_exist_ok=True)
    world.caseworker, world.admins, world.clock.now = played.caseworker, played.admins, played.clock.now
    return person_id, replace(human, world=world)


@cache
def _played(situation: str, language: str) -> tuple[TemporaryDirectory[str], World, str, Human]:
    """A situation in a folder of its own, played once in a process."""
    folder = TemporaryDirectory(prefix="matcher-desks-")
    world = make_world(Path(folder.name))
    person_id, human = _play(world, situation, language)
    world.close()
    return folder, world, person_id, human


def another_team(world: World) -> tuple[Caller, str]:
    """A caseworker elsewhere, and somebody of theirs with a proposal."""
    caller = world.a_caseworker("Ito")
    person_id = world.a_person(caller, alias="Elsewhere")
    world.work()
    return caller, person_id

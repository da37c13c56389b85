"""One invitation in each way its page can look, reached through the services in either language."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from matcher import pages
from matcher.services.access import pace_access
from matcher.services.asking import inviting
from matcher.storage.tables import InvitationRow
from tests.builders import World, make_world

LANGUAGES: Final = ("ja", "en")
ORGANISATION: Final = "Kowloon Peninsula Foundation"
CASEWORKERS: Final = {"ja": "森", "en": "Mori"}
ALIAS: Final = "Zwölfender"

# Nothing here is said anywhere else in the tests, so that each fact can be found again.
POSTINGS: Final[dict[str, dict[str, Any]]] = {
    "ja": {
        "title": "畑の草とり",
        "summary": "三人くらいで、となりどうし、それぞれに草をとります。",
        "place": {
            "name": "いずみ農園", "address": "東京都狛江市和泉本町9-9", "latitude": 35.635, "longitude": 139.578,
            "entry": "緑の門から入ってください。青木が門のそばにいます。",
        },
        "host": {"name": "青木", "role": "畑の世話をしている人", "greets_at_door": True},
        "provides": ["step_free", "toilet", "drinks"],
        "not_expected": ["talking", "植物のことを知っていること"],
        "if_you_do_not_come": "何も変わりません。次の回も開いています。",
        "languages": ["ja", "en"],
    },
    "en": {
        "title": "Weeding a garden",
        "summary": "Three people or so weed, side by side, each at their own pace.",
        "place": {
            "name": "Izumi allotment", "address": "9-9 Izumi-honcho, Komae, Tokyo", "latitude": 35.635,
            "longitude": 139.578, "entry": "Come in by the green gate. Aoki is standing near it.",
        },
        "host": {"name": "Aoki", "role": "gardener", "greets_at_door": True},
        "provides": ["step_free", "toilet", "drinks"],
        "not_expected": ["talking", "knowing plants"],
        "if_you_do_not_come": "Nothing happens; the next one is open too.",
        "languages": ["ja", "en"],
    },
}  # fmt: skip


class _Kept(BytecodeCache):
    """Templates compiled once in a process: doing so for each application took a quarter of the time."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled from the same words before."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what has just been compiled."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


_TEMPLATES: Final = _Kept()


def make_app(world: World) -> Flask:
    """An application with the pages alone, as a first run has them."""
    app = Flask("matcher", static_folder=None)
    app.jinja_options = {"bytecode_cache": _TEMPLATES}
    pages.register(app, world.outside, mail_folder=world.mail_folder)
    return app


def invite(world: World, language: str = "en", **posting: Any) -> str:
    """The id of an invitation that has been sent."""
    world.caseworker = world.a_caseworker(CASEWORKERS[language])
    organisation_id = world.an_organisation(ORGANISATION)
    opportunity_id = world.an_opportunity(organisation_id, **POSTINGS[language] | posting)
    person_id = world.a_person(alias=ALIAS, language=language)
    world.work()
    match = next(one for one in world.matches(person_id) if one.opportunity_id == opportunity_id)
    invitation_id = world.approve(match.id).id
    world.work()
    return invitation_id


Story = Callable[[World, str], None]


def _answered(*deeds: str, pause: bool = False, days_later: float = 0) -> Story:
    def story(world: World, invitation_id: str) -> None:
        for deed in deeds:
            world.answer(invitation_id, deed, pause=pause)
        world.clock.advance(days=days_later)

    return story


def _expired(world: World, invitation_id: str) -> None:
    world.clock.advance(days=7.5)
    world.work()


def _withdrawn(world: World, invitation_id: str) -> None:
    with world.database.writing() as session:
        inviting.withdraw(session, session.get_one(InvitationRow, invitation_id), world.clock())


def _visited(world: World, invitation_id: str) -> None:
    _answered("accept", days_later=9)(world, invitation_id)
    world.visit(invitation_id, "ok")


# Each way the page can look, and how a sent invitation comes to look so.
VIEWS: Final[dict[str, Story]] = {
    "open": _answered(),
    "accepted": _answered("accept"),
    "accepted_paused": _answered("accept", pause=True),
    "accepted_later": _answered("accept", days_later=1),
    "accepted_begun": _answered("accept", days_later=8),
    "not_now": _answered("not_now"),
    "not_now_paused": _answered("not_now", pause=True),
    "too_much": _answered("too_much"),
    "not_for_me": _answered("not_for_me"),
    "declined_later": _answered("not_now", days_later=1),
    "taken_back": _answered("accept", "undo"),
    "unanswered_in_time": _answered(days_later=7.5),
    "expired": _expired,
    "withdrawn": _withdrawn,
    "cancelled": _answered("accept", "cancel"),
    "over": _visited,
    "paused": _answered("", pause=True),
}


@dataclass(frozen=True)
class Scene:
    """One invitation, its page and somebody who looks at it."""

    world: World
    client: FlaskClient
    invitation_id: str

    @property
    def path(self) -> str:
        """Where the page of the invitation is."""
        return f"/i/{self.world.token(self.invitation_id)}"

    @property
    def pause_path(self) -> str:
        """The pause link in every letter to the same person."""
        with self.world.database.writing() as session:
            url = pace_access.own_links(session, self.world.outside, self.row.person_id)["pause_url"]
        return url.removeprefix(self.world.outside.base_url)

    @property
    def row(self) -> InvitationRow:
        """How the invitation stands in the record."""
        return self.world.invitation(self.invitation_id)

    def get(self) -> TestResponse:
        """Look at the page."""
        return self.client.get(self.path)

    def post(self, **form: str) -> TestResponse:
        """Press one of its buttons."""
        return self.client.post(self.path, data=form)


def set_scene(folder: Path, view: str = "open", language: str = "en", **posting: Any) -> Scene:
    """An invitation in a world of its own under `folder`, which does not exist yet."""
    if posting:
        folder.mkdir()
        world = make_world(folder)
        invitation_id = invite(world, language, **posting)
    else:
        source, invitation_id = _invited(language)
        shutil.copytree(source.name, folder)
        world = make_world(folder, f"sqlite:///{folder / 'matcher.db'}")
    VIEWS[view](world, invitation_id)
    return Scene(world, make_app(world).test_client(), invitation_id)


@cache
def _invited(language: str) -> tuple[TemporaryDirectory[str], str]:
    """A folder with a sent invitation, made once in a process and copied for each scene."""
    folder = TemporaryDirectory(prefix="matcher-pages-")
    world = make_world(Path(folder.name))
    invitation_id = invite(world, language)
    world.close()
    return folder, invitation_id

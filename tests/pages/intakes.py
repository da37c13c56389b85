"""A first contact as the two who fill it in answer it, question by question."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select

from matcher.storage.tables import IntakeDraftRow, PersonRow
from tests.accounts import Human, a_human
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.views import make_app

Answer = Mapping[str, Any]

# What Haru says; `start` is looked up first.
HARU: Final[dict[str, Answer]] = {
    "you": {"alias": "Haru", "birth_year": "1994", "language": "ja"},
    "letters": {"address": "haru@example.org", "hours.from": "14:00", "hours.to": "20:00", "pace": "7-3"},
    "start": {"candidate": "35.63|139.58|狛江駅（東京都狛江市）"},
    "way": {"travel": "2", "mode": "bicycle", "max_minutes": "30", "half_life": "20"},
    "people": {"group": "1", "max_group_size": "4"},
    "together": {"interaction": "2", "stimulation": "1"},
    "first_time": {"unfamiliarity": "3", "companion": "yes"},
    "helps": {"needs": ["staffed", "step_free"], "needs.more": "a seat by the window", "share_needs": ["step_free"]},
    "never": {"red_lines": ["phone_call", "camera"]},
    "likes": {"topics.more": "gardening\ncats", "kinds": ["volunteering", "communal_space"]},
    "time": {"commitment": "2", "free": ["1-540-720", "1-720-1020"]},
    "agreed": {"agreed": ["matching"]},
}  # fmt: skip


class Intake:
    """Somebody of a team at the questions, with a phone."""

    def __init__(self, world: World, human: Human | None = None, language: str = "en") -> None:
        self.world = world
        self.browser = Browser(make_app(world), language=language)
        self.browser.sign_in(human or a_human(world))
        self.path = "/desk/intakes/new"

    def open(self, question: str) -> str:
        """The page of one question."""
        page = self.browser.get(self.at(question))
        assert page.status_code == 200, question
        return page.text

    def at(self, question: str) -> str:
        """Where one question is."""
        return f"{self.path.rpartition('/')[0]}/{question}"

    def send(self, answer: Answer, **more: str) -> int:
        """Send the form that is open, with the mark it carries; gives the status."""
        found = re.search(r'name="seen" value="(\w+)"', self.browser.page.text)
        fields = {"seen": found.group(1)} if found else {}
        return self.browser.send(None, **fields, **answer, **more).status_code

    def begin(self) -> str:
        """The first question answered; gives the id of what was begun."""
        self.browser.get("/desk/intakes/new")
        assert self.send(HARU["you"]) == 303, self.browser.page.text
        self.path = self.browser.page.headers["Location"]
        return self.path.split("/")[3]

    def fill(self, *questions: str, **answers: Answer) -> None:
        """Answer questions, all that follow the first unless told which."""
        for name in questions or [name for name in HARU if name != "you"]:
            self.open(name)
            assert self.send(answers.get(name, HARU[name])) == 303, (name, self.browser.page.text)

    def drafts(self) -> list[IntakeDraftRow]:
        """Everything that is begun."""
        with self.world.database.reading() as session:
            return list(session.scalars(select(IntakeDraftRow).order_by(IntakeDraftRow.id)))


def saved(world: World) -> PersonRow:
    with world.database.reading() as session:
        return session.scalars(select(PersonRow)).one()


def people(world: World) -> int:
    with world.database.reading() as session:
        return len(session.scalars(select(PersonRow)).all())

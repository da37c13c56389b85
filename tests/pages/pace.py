"""Somebody in front of their own pages: the link from their letter, the digits from the next one, and a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matcher.domain.person import Person
from matcher.storage.people import person_of
from matcher.storage.tables import PersonRow
from tests.builders import World
from tests.pages.views import Scene

ADDRESS = "haru@example.org"


@dataclass
class OwnPages:
    """One person's own pages in one browser."""

    world: World
    client: FlaskClient
    person_id: str
    path: str

    def get(self, page: str = "", *, follow: bool = False) -> TestResponse:
        """Look at one of the pages."""
        return self.client.get(f"{self.path}{page}", follow_redirects=follow)

    def post(self, page: str, follow: bool = False, **form: object) -> TestResponse:
        """Send one of the forms."""
        return self.client.post(f"{self.path}{page}", data=form, follow_redirects=follow)

    def digits(self) -> str:
        """Ask for digits, and read them in the letter."""
        assert self.post("/code").status_code == 303
        self.world.work()
        return digits_in(self.world)

    def open(self) -> OwnPages:
        """Go in."""
        came_in = self.post("/digits", code=self.digits())
        assert came_in.status_code == 303, came_in.text
        return self

    def person(self) -> Person:
        """How they stand in the record."""
        with self.world.database.reading() as session:
            return person_of(session.get_one(PersonRow, self.person_id))


def digits_in(world: World) -> str:
    """The digits of the newest letter."""
    found = [re.search(r"(?m)^(\d{6})$", letter.text) for letter in world.letters(to=ADDRESS)]
    return next(one.group(1) for one in found if one)


def own_pages(scene: Scene) -> OwnPages:
    """The pages of whoever was invited in a scene, still closed."""
    letter = scene.world.letters(to=ADDRESS)[-1]
    found = re.search(r"https?://[^/\s]+(/me/\S+)", letter.text)
    assert found is not None, letter.text
    return OwnPages(scene.world, scene.client, scene.row.person_id, found.group(1))

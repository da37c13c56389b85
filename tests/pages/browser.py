"""A browser without scripts for tests: it keeps cookies, fills in the forms it is shown, and follows where it is led."""

from __future__ import annotations

import re
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts import Human


class Browser:
    """One browser at one network address."""

    def __init__(
        self, app: Flask, *, language: str = "en", address: str = "192.0.2.7", https: bool = False
    ) -> None:
        self.client: FlaskClient = app.test_client()
        self._with = {
            "headers": {"Accept-Language": language, "User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"},
            "environ_base": {"REMOTE_ADDR": address},
            "base_url": "https://matcher.example.org" if https else "http://127.0.0.1:8000",
        }
        self.page: TestResponse

    def get(self, path: str, *, follow: bool = False) -> TestResponse:
        """Open a page."""
        self.page = self.client.get(path, follow_redirects=follow, **self._with)
        return self.page

    def send(
        self, path: str | None = None, *, follow: bool = False, **fields: str | list[str]
    ) -> TestResponse:
        """Send the form of the page that is open, to its own address unless told otherwise; its marks go with it."""
        own = self.page.request.full_path.rstrip("?")
        path = path or own
        marks = re.findall(r'type="hidden" name="(csrf_token|seen)" value="([^"]*)"', self.page.text)
        token = {name: unescape(value) for name, value in marks if name != "seen" or path == own}
        self.page = self.client.post(path, data=token | fields, follow_redirects=follow, **self._with)
        return self.page

    def send_bare(self, path: str, **fields: str) -> TestResponse:
        """What a page elsewhere makes this browser send: the cookie, and no token but a made-up one."""
        return self.client.post(path, data=fields, **self._with)

    def sign_in(self, human: Human, path: str = "/sign-in") -> TestResponse:
        """Both steps by the forms; afterwards the clock moves on, so that the next code is another."""
        self.get(path)
        self.send(email=human.email, password=human.password)
        if human.secret is not None:
            self.get(self.page.headers["Location"])
            self.send(code=human.code())
            human.world.clock.advance(minutes=1)
        return self.page

    def cookie(self, name: str = "matcher") -> str | None:
        """The value of the cookie."""
        found = self.client.get_cookie(name, domain=self._with["base_url"].split("//")[1].split(":")[0])
        return found.value if found is not None else None

    def is_signed_in(self) -> bool:
        """Whether one's own account can be seen."""
        status: int = self.client.get("/account", **self._with).status_code
        return status == 200

"""Pages rendered here on the server: the front page, the invitation, the pause link and, for trying out, the letters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from flask_babel import Babel

from matcher.pages import (
    admin,
    desk,
    dev_mail,
    errors,
    front,
    invitation,
    language,
    my_pace,
    pause,
    portal,
    sign_in,
    styleguide,
)
from matcher.pages.addresses import only_ids
from matcher.pages.errors import error_page
from matcher.pages.pictures import picture
from matcher.pages.showing import EXTENSION, TRANSLATIONS, furnish, shared
from matcher.services.outside import DEFAULT_TIMEZONE, Outside
from matcher.services.upkeep.health import Check

__all__ = ["error_page", "register"]


def register(
    app: Flask,
    outside: Outside,
    *,
    mail_folder: Path | None,
    redis_url: str | None = None,
    checks: Mapping[str, Check] | None = None,
) -> None:
    """Add every page to an application; `/dev/mail` and `/styleguide` only where letters are kept in a folder.

    Without `redis_url` everything runs in one process (embedded): limits are counted in memory, and an account that has
    no app yet, such as those of the first run, is signed in to by its password alone.

    `checks` say what is wrong with parts that the pages themselves do not use; admins read it.

    Every error of the application is answered by a kind page. Whoever answers some paths otherwise (the API, under
    `/v1`) is added afterwards and hands the others to `error_page`.
    """
    app.extensions[EXTENSION] = furnish(outside, mail_folder, embedded=redis_url is None)
    # The English words are the source: they need no translation, whatever the deployment's own language.
    Babel(
        app, default_locale="en", default_timezone=DEFAULT_TIMEZONE, default_translation_directories=TRANSLATIONS,
    )  # fmt: skip
    app.jinja_env.globals["picture"] = picture
    for blueprint in (shared, front.pages, language.pages, invitation.pages, pause.pages, *portal.PAGES):
        app.register_blueprint(blueprint)
    admin.install(app, checks or {})
    sign_in.install(app, outside, redis_url=redis_url)
    desk.install(app)
    my_pace.install(app)
    if mail_folder is not None:
        app.register_blueprint(dev_mail.pages)
        app.register_blueprint(styleguide.pages)
    only_ids(app)
    errors.install(app)

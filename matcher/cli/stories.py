"""`matcher seed` and `matcher demo`: something to look at on the first day."""

from __future__ import annotations

from dataclasses import asdict

import click

from matcher.cli.demo import play
from matcher.cli.first_run import first_run
from matcher.cli.wiring import json_option, ready, show

NOTHING_ADDED = "There are rows in this database already; nothing was added to them."


@click.command()
@json_option
def seed(as_json: bool) -> None:
    """Fill an empty database with invented organisations, opportunities and people; a filled one stays as it is."""
    with ready() as runtime:
        access = first_run(runtime)
    show(asdict(access), as_json, "\n".join(access.lines()) or NOTHING_ADDED)


@click.command()
@click.option("--language", type=click.Choice(["ja", "en"]), default="en", show_default=True)
def demo(language: str) -> None:
    """Play one story from listing to visit, with what each of the three people sees. Touches nothing of yours."""
    play(language)

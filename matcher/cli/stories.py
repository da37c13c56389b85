"""`matcher seed` and `matcher demo`: something to look at on the first day."""

from __future__ import annotations

import click

from matcher.cli.demo import play
from matcher.cli.seeding import seed_if_empty
from matcher.cli.wiring import ready


@click.command()
def seed() -> None:
    """Fill an empty database with invented organisations, opportunities and people; a filled one stays as it is."""
    with ready() as runtime:
        access = seed_if_empty(runtime.outside, runtime.settings.data_dir)
        for line in access.lines():
            click.echo(line)


@click.command()
@click.option("--language", type=click.Choice(["ja", "en"]), default="en", show_default=True)
def demo(language: str) -> None:
    """Play one story from listing to visit, with what each of the three people sees. Touches nothing of yours."""
    play(language)

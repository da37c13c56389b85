"""`matcher seed` and `matcher demo`: something to look at on the first day."""

from __future__ import annotations

import click

from matcher.cli.demo import play
from matcher.cli.first_run import first_run
from matcher.cli.wiring import ready


@click.command()
def seed() -> None:
    """Fill an empty database with invented organisations, opportunities and people; a filled one stays as it is."""
    with ready() as runtime:
        for line in first_run(runtime).lines():
            click.echo(line)


@click.command()
@click.option("--language", type=click.Choice(["ja", "en"]), default="en", show_default=True)
def demo(language: str) -> None:
    """Play one story from listing to visit, with what each of the three people sees. Touches nothing of yours."""
    play(language)

"""`matcher missing`: which posting, not made yet, would open a next step for most of a team's people."""

from __future__ import annotations

import json

import click

from matcher.api.lacking import shown
from matcher.cli.wiring import json_option, ready
from matcher.domain.errors import NotFound
from matcher.services.desk.lacking import lacking
from matcher.storage.tables import TeamRow


@click.command()
@click.option("--team", "team_id", required=True, metavar="ID")
@json_option
def missing(team_id: str, as_json: bool) -> None:
    """Say what is missing where a team's people live, for groups of ten or more."""
    with ready() as runtime, runtime.outside.database.reading() as session:
        if session.get(TeamRow, team_id) is None:
            raise NotFound(f"There is no team {team_id}.")
        found = [
            shown(one, runtime.settings.language)
            for one in lacking(session, team_id, runtime.outside.clock())
        ]
    if as_json:
        click.echo(json.dumps({"items": found}, ensure_ascii=False))
        return
    for one in found:
        click.echo(one["sentence"])
    if not found:
        click.echo("Nothing would open a next step for ten people or more who have none now.")

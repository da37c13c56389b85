"""`matcher db backup` and `matcher db restore`: one file for everything, on either database."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from matcher.bootstrap import build, prepare_database
from matcher.cli.wiring import json_option, ready, show
from matcher.services.upkeep.restoring import finish_restore
from matcher.settings import load_settings
from matcher.storage.backup import back_up
from matcher.storage.backup import restore as put_back
from matcher.storage.fitting import check_keys

_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@_file
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Write everything into FILE, as it stands at one moment; Matcher may go on working. Keep the secret keys elsewhere."""
    with ready(any_keys=True) as runtime:
        rows = sum(back_up(runtime.outside.database, file, runtime.outside.clock()).values())
    show({"file": str(file), "rows": rows}, as_json, f"{rows} rows are in {file}.")


@click.command()
@_file
@json_option
def restore(file: Path, as_json: bool) -> None:
    """Put a backup back into an empty database. Nothing old is sent on its word, and who was erased stays erased."""
    runtime = build(load_settings())
    try:
        rows = sum(put_back(runtime.outside.database, file).values())
        check_keys(runtime.outside.database)  # with the right ones the same command goes on
        settled = finish_restore(runtime.outside)
        prepare_database(runtime)
    finally:
        runtime.close()
    sentence = (
        f"{rows} rows are back. {settled.withdrawn} invitations that had not been sent by then were withdrawn, "
        f"{settled.letters} letters count as tried once, and {settled.paused} people with a standing approval are "
        "paused until their caseworker resumes them. Everybody signs in anew. What the backup does not know has to be done "
        "once more: organisations suspended, keys taken back, people frozen and consents withdrawn since."
    )
    show({"rows": rows, **asdict(settled)}, as_json, sentence)

"""`matcher import`: listings from a file, or an address on the web, become drafts."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from matcher.cli.wiring import json_option, ready
from matcher.domain.imports import ImportReport, ImportResult
from matcher.exchange import fetching
from matcher.exchange.formats import READERS
from matcher.services.listings import importing


@click.command("import")
@click.argument("format_", metavar="FORMAT", type=click.Choice(list(READERS)))
@click.argument("source", metavar="FILE|URL")
@click.option(
    "--organisation", "organisation_id", required=True, metavar="ID", help="Whose drafts they become."
)
@click.option("--follow-private", is_flag=True, help="Follow a redirect to a private address, too.")
@json_option
def import_(format_: str, source: str, organisation_id: str, follow_private: bool, as_json: bool) -> None:
    """Read a file of listings: every row becomes a draft, or is named with line, field and reason.

    The same file again changes nothing. "-" reads standard input; an address is fetched over http or https, at most 20 MB
    within 30 s.
    """
    content = _read(source, follow_private=follow_private)
    with ready() as runtime:
        outside, now = runtime.outside, runtime.outside.clock()
        reading = importing.located(outside.geocoder, READERS[format_](content, now=now))
        with outside.database.writing() as session:
            report = importing.import_listings(session, organisation_id, reading, now)
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        _print(report)


def _read(source: str, *, follow_private: bool) -> bytes:
    if fetching.is_address(source):
        return fetching.fetch(source, follow_private=follow_private)
    try:
        with click.open_file(source, "rb") as file:
            return bytes(file.read())
    except OSError as error:
        raise click.FileError(source, error.strerror or str(error)) from None


def _print(report: ImportReport) -> None:
    counts, console = report.counts, Console()
    console.print(
        f"{counts['rows']} rows: {counts['draft']} new drafts, {counts['unchanged']} unchanged, {counts['refused']} refused."
    )
    for title, results in (
        ("Refused", (ImportResult.refused,)),
        ("Still open in the drafts", (ImportResult.draft, ImportResult.unchanged)),
    ):
        found = report.reasons(*results)
        if not found:
            continue
        table = Table("field", "reason", "rows", title=title, title_justify="left")
        for (field, reason), rows in sorted(found.items(), key=lambda item: (-item[1], item[0])):
            table.add_row(escape(field), escape(reason), str(rows))
        console.print(table)
    for line in report.lines:
        if line.result is ImportResult.refused:
            said = f"line {line.line}: {line.notes[0].field}: {line.notes[0].reason}"
            console.print(said, highlight=False, markup=False)

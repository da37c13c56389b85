"""`matcher score`: what the rules say about a person and an opportunity written down in files."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import click

from matcher.api.score_cases import read_at, score_case, score_line
from matcher.api.strict_json import read_json
from matcher.domain.errors import InvalidInput
from matcher.scoring.sentences import in_hundred

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


def _moment(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime:
    if value is None:
        return datetime.now(UTC)
    try:
        return read_at(value)
    except InvalidInput as refused:
        raise click.BadParameter(refused.problems[0].detail) from None


@click.command()
@click.option("--person", "person_file", type=_FILE, help="The person's form as the API takes it.")
@click.option(
    "--opportunity", "opportunity_file", type=_FILE, help="The opportunity's form as the API takes it."
)
@click.option("--history", "history_file", type=_FILE, help="A list of what happened so far, oldest first.")
@click.option("--at", callback=_moment, help="The moment to judge at, with its offset; default now.")
@click.option("--requested", is_flag=True, help="As in a caseworker's own request for this person.")
@click.option(
    "--batch",
    type=click.File("rb"),
    help='A file of cases, one a line: {"person", "opportunity", "history"?, "at"?, "requested"?}; - reads the input.',
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def score(
    person_file: Path | None,
    opportunity_file: Path | None,
    history_file: Path | None,
    at: datetime,
    requested: bool,
    batch: BinaryIO | None,
    as_json: bool,
) -> None:
    """Judge one pair, or a batch of them, by the rules of scoring. A batch prints one JSON result a line."""
    files = {"person": person_file, "opportunity": opportunity_file, "history": history_file}
    if batch is not None:
        if any(files.values()):
            raise click.UsageError(
                "--batch brings its own people and opportunities; leave the other files out."
            )
        sys.exit(_score_batch(batch, at, requested=requested))
    if person_file is None or opportunity_file is None:
        raise click.UsageError("Give --person and --opportunity, or --batch.")
    try:
        case = {name: _document(name, path) for name, path in files.items() if path is not None}
        result = score_case(case, at, requested=requested)
    except InvalidInput as refused:
        lines = [f"{_named(problem.pointer, files)}: {problem.detail}" for problem in refused.problems]
        raise click.ClickException("\n".join(lines)) from None
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else _in_words(result))


def _score_batch(batch: BinaryIO, at: datetime, *, requested: bool) -> int:
    """Print a result for each line; 1 when any line could not be read, else 0."""
    failed = 0
    for line in batch:
        if line.strip():
            result = score_line(line, at, requested=requested)
            failed |= "error" in result
            click.echo(json.dumps(result, ensure_ascii=False))
    return failed


def _document(name: str, path: Path) -> Any:
    try:
        return read_json(path.read_bytes())
    except InvalidInput as refused:
        raise InvalidInput.at(f"/{name}", str(refused)) from None


def _named(pointer: str, files: dict[str, Path | None]) -> str:
    """The pointer after the name of the file that it points into."""
    _, name, *rest = pointer.split("/")
    return " ".join([str(files[name]), "/".join(["", *rest])]).strip()


def _in_words(result: dict[str, Any]) -> str:
    """The result for a reader."""
    lines = ["It fits." if result["eligible"] else "It does not fit:"]
    lines += [f"  {reason['detail']} ({reason['code']})" for reason in result["reasons"]]
    lines += [f"Step: {result['step'] or 'not offered'}"]
    if result["chance"] is not None:
        likely, low, high = (in_hundred(result["chance"][name]) for name in ("likely", "low", "high"))
        lines += [f"Chance that it will be all right: {likely} % ({low} to {high} %)"]
    if result["score"] is not None:
        parts = ", ".join(f"{name} {part:.2f}" for name, part in result["parts"].items())
        lines += [f"Score: {result['score']:.3f} ({parts})"]
    if result["travel_minutes"]:
        lines += [f"Way there: {result['distance_km']:.1f} km, {result['travel_minutes']:.0f} minutes"]
    lines += [
        f"  {each['aspect']}: asks {_rung(each['asks'])}, comfortable with {_rung(each['comfortable_with'])}"
        for each in result["aspects"]
    ]
    return "\n".join([*lines, *(f"- {sentence}" for sentence in result["why"])])


def _rung(rung: float | None) -> str:
    return "not stated" if rung is None else f"{rung:g}"

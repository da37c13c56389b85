"""A file for a result, tried before anything long begins: at the end it is too late."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


def why_not(path: Path | None) -> str | None:
    """Why this file cannot be written in one sentence, None where it can. What is in it stays until there is a result."""
    if path is None:
        return None
    try:
        with path.open("a"):
            return None
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}."


class ResultFile(click.Path):
    """An option's type: a file that could be written just now."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. A usage error where it cannot be written."""
        path = Path(str(super().convert(value, param, ctx)))
        if why := why_not(path):
            self.fail(why, param, ctx)
        return path

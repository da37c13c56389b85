"""What several commands need: settings from the environment, a database that is ready, and one way to print a result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from matcher.bootstrap import Runtime, build
from matcher.services.audit import auditing
from matcher.settings import load_settings
from matcher.storage import schema
from matcher.storage.fitting import check_keys

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@contextmanager
def ready(*, any_keys: bool = False) -> Iterator[Runtime]:
    """A runtime whose database stands at the newest migration; closed at the end.

    It was written with these secret keys, but where `any_keys` are right: nothing sealed is read or written there.
    """
    runtime = build(load_settings())
    try:
        schema.upgrade(runtime.outside.database)
        if not any_keys:
            check_keys(runtime.outside.database)
        with auditing.acting(auditing.OPERATOR):
            yield runtime
    finally:
        runtime.close()


def show(result: dict[str, Any], as_json: bool, sentence: str) -> None:
    """Print a result for a program or for a person."""
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else sentence)

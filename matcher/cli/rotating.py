"""`matcher db reencrypt`: after this an old secret key is no longer needed to read what is stored."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from matcher.cli.progress import Bar
from matcher.cli.wiring import json_option, ready, show
from matcher.services.upkeep import reencrypting


@click.command()
@json_option
def reencrypt(as_json: bool) -> None:
    """Encrypt everything stored anew under the first of MATCHER_SECRET_KEYS, while Matcher works.

    Restart every process with the new key first. May be broken off and begun again. The exit status is 1 where something
    fits none of the keys.
    """
    bar = Bar("Encrypting anew")
    with ready(any_keys=True) as runtime:  # it counts what fits none of them
        try:
            found = reencrypting.reencrypt(runtime.outside.database, bar)
        finally:
            bar.close()
    sentence = (
        f"{found.values} values are encrypted anew, {found.accounts} accounts are found by the newest key. "
        + (
            f"{found.unreadable} values fit none of the keys: list the key that they were written with, too."
            if found.unreadable
            else "Nothing stored needs an older key any more, but for the seals of the trail."
        )
    )
    show(asdict(found), as_json, sentence)
    if found.unreadable:
        sys.exit(1)

"""`matcher …`: one door for people and scripts. Each command imports what it needs when it runs, so that help is quick."""

from __future__ import annotations

import importlib
import os
import sys

import click

from matcher.domain.errors import InvalidInput, MatcherError

# Where each command lives: module and attribute, in the order of the help.
COMMANDS = {
    "up": "serve:up",
    "api": "serve:api",
    "worker": "serve:worker",
    "demo": "stories:demo",
    "seed": "stories:seed",
    "score": "score:score",
    "sweep": "sweeping:sweep",
    "simulate": "simulate:simulate",
    "missing": "lacking:missing",
    "import": "listings:import_",
    "organisation": "accounts:organisation",
    "caseworker": "accounts:caseworker",
    "account": "signing_in:account",
    "key": "accounts:key",
    "db": "maintain:db",
    "events": "maintain:events",
    "audit": "audit:audit",
    "doctor": "maintain:doctor",
    "openapi": "maintain:openapi",
}


class LazyGroup(click.Group):
    """Loads a command's module only when it is called or asked about."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command itself, or None."""
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        command: click.Command = getattr(importlib.import_module(f"matcher.cli.{module}"), attribute)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="matcher")
def group() -> None:
    """Matcher finds a next step that is near, small and quiet enough, and asks gently."""


def main() -> None:
    """Run, and turn what Matcher refuses into one clear line on standard error."""
    try:
        group(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except InvalidInput as error:
        for problem in error.problems:
            click.echo(f"matcher: {problem.pointer}: {problem.detail}", err=True)
        sys.exit(2)
    except MatcherError as error:
        click.echo(f"matcher: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        if _takes_output():
            raise
        click.echo(f"matcher: What there was to say cannot be written: {error.strerror}.", err=True)
        sys.exit(2)
    except Exception as error:
        from matcher.storage.reaching import why_out_of_reach  # noqa: PLC0415 - `matcher --help` opens no database

        why = why_out_of_reach(error)
        if why is None:
            raise
        click.echo(f"matcher: The database (MATCHER_DATABASE_URL) cannot be used: {why}", err=True)
        sys.exit(2)


def _takes_output() -> bool:
    """Whether standard output can still be written to; what it did not take is dropped, or the very end would fail again.

    Tried with an empty line: a write that was refused leaves nothing behind to flush.
    """
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True

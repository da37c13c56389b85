"""Serving: everything in one process, the web alone, or a worker alone."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import click
from waitress.server import create_server

from matcher.bootstrap import (
    Runtime,
    build,
    create_app,
    prepare_database,
    set_up_logging,
    start_worker,
)
from matcher.cli.progress import Bar
from matcher.domain.errors import SettingError
from matcher.settings import load_settings

LOOPBACK = "127.0.0.1"
WEB_THREADS = 8  # judgement, 2026-11: pages and calls of a small team at once
# Longer than proxies and clients keep an idle connection (nginx 60 s): whoever closes first must not be the server,
# or a request already under way is lost.
KEEP_ALIVE_SECONDS = 75
GUNICORN_WORKERS = 2


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of MATCHER_PORT (8000).")
@click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Instead of MATCHER_DATA_DIR."
)
@click.option("--no-seed", is_flag=True, help="Start with an empty database.")
def up(port: int | None, data_dir: Path | None, no_seed: bool) -> None:
    """Run everything in one process: database, workers, web. Ctrl-C ends it."""
    settings = load_settings(port=port, data_dir=data_dir)
    listening = _listen(LOOPBACK, settings.port)
    runtime = build(settings)
    set_up_logging(logging.WARNING)  # on a terminal only what needs a look
    prepare_database(runtime)
    ways_in = [] if no_seed else _how_to_get_in(runtime)
    worker = start_worker(runtime, progress=Bar("Reading everybody"))
    server = create_server(
        create_app(runtime),
        sockets=[listening],
        threads=WEB_THREADS,
        ident=None,
        clear_untrusted_proxy_headers=False,  # the application itself decides whom it believes (MATCHER_PROXIES)
    )
    _greet(runtime, ways_in)
    try:
        _serve(server)
    finally:
        worker.stop()
        runtime.close()
    click.echo("Matcher has ended.")


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of MATCHER_PORT (8000).")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=GUNICORN_WORKERS,
    show_default=True,
    help="Web processes.",
)
def api(host: str, port: int | None, workers: int) -> None:
    """Serve the web alone, under gunicorn; `matcher worker` does the rest."""
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415 - it does not import on every system
    from gunicorn.glogging import Logger  # noqa: PLC0415

    settings = load_settings(port=port)
    runtime = build(settings)
    prepare_database(runtime)
    runtime.close()

    class Lines(Logger):  # type: ignore[misc]  # they say nothing of their types
        def setup(self, cfg: Any) -> None:
            super().setup(cfg)
            self.error_log.handlers, self.error_log.propagate = [], True  # like what other libraries say

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in _gunicorn_settings(f"{host}:{settings.port}", workers).items():
                self.cfg.set(name, value)
            self.cfg.set("logger_class", Lines)

        def load(self) -> Any:
            return create_app(build(settings))  # each process has its own connections

    Application().run()


@click.command()
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True)
def worker(threads: int) -> None:
    """React to events, beside any number of other workers. SIGTERM finishes what was begun."""
    runtime = build(load_settings())
    prepare_database(runtime)
    running = start_worker(runtime, threads, Bar("Reading everybody"))
    click.echo("Matcher worker: ready.")
    _until_told().wait()
    running.stop()
    runtime.close()
    click.echo("Matcher worker: ended.")


def _gunicorn_settings(address: str, workers: int) -> dict[str, Any]:
    return {
        "bind": address, "workers": workers, "threads": WEB_THREADS, "worker_class": "gthread", "timeout": 60,
        "graceful_timeout": 20, "keepalive": KEEP_ALIVE_SECONDS, "control_socket_disable": True,
    }  # fmt: skip


def _listen(host: str, port: int) -> socket.socket:
    """Take the port first: one clear line beats a start that fails half-way."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingError(f"Port {port} is taken; choose another with --port or MATCHER_PORT.") from None
        raise SettingError(f"Port {port} cannot be used: {error.strerror}.") from None
    return listening


def _serve(server: Any) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    told = _until_told()
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()
    told.wait()
    click.echo("\nMatcher is ending …")
    server.task_dispatcher.shutdown()  # first let answers under way go out, then close what they go out by
    server.close()


def _until_told() -> threading.Event:
    told = threading.Event()

    def tell(_number: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGINT, tell)
    signal.signal(signal.SIGTERM, tell)
    return told


def _how_to_get_in(runtime: Runtime) -> list[str]:
    from matcher.cli.first_run import first_run  # noqa: PLC0415 - seeds are read only where they are wanted

    return first_run(runtime).lines()


def _greet(runtime: Runtime, ways_in: list[str]) -> None:
    settings = runtime.settings
    click.echo(f"Matcher is ready at {settings.base_url}  (Ctrl-C ends it)")
    for line in ways_in:
        click.echo(f"  {line}")
    if settings.mail_folder is not None:
        read = f"; read it at {settings.base_url}/dev/mail" if settings.shown_mail_folder else ""
        click.echo(f"  Mail is kept in {settings.mail_folder}{read}")
    click.echo(f"  Sign in: {settings.base_url}/sign-in   API: {settings.base_url}/docs")

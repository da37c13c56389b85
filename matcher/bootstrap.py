"""Settings become a running Matcher: the only place that wires engine, broker, mailer, geocoder, web and workers."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dramatiq
import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError
from werkzeug.middleware.proxy_fix import ProxyFix

from matcher import api, pages
from matcher.api import operations
from matcher.api.tracing import TracedFlask, trace
from matcher.domain.errors import SettingError, kind_and_place
from matcher.domain.ports import Clock
from matcher.geocoding import make_geocoder
from matcher.mail.message import sender_address
from matcher.mail.transports import make_mailer
from matcher.services.access.keys import create_first_admins
from matcher.services.memory import Memory
from matcher.services.my_pace import privacy
from matcher.services.outside import Outside
from matcher.services.upkeep.restoring import finish_restore
from matcher.settings import Settings
from matcher.storage import schema
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.erasing import ErasureLedger
from matcher.storage.fitting import check_keys
from matcher.storage.progress import Progress
from matcher.storage.reaching import why_out_of_reach
from matcher.workers.actors import Handler
from matcher.workers.broker import Nudger, declare, make_broker, start_consuming
from matcher.workers.relay import Relay
from matcher.workers.remembering import Remembering

log = structlog.get_logger()

WORKER_THREADS = 2  # judgement, 2026-11: one scores while the other waits for a mail server


def utc_now() -> datetime:
    """The clock of a running Matcher."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything wired together."""

    settings: Settings
    outside: Outside
    broker: dramatiq.Broker
    nudger: Nudger

    def close(self) -> None:
        """Let go of connections."""
        self.broker.close()
        self.outside.database.close()


@dataclass(frozen=True, slots=True)
class RunningWorker:
    """Worker threads, the relay, the leases and the memory of one process."""

    worker: dramatiq.Worker
    relay: Relay
    handler: Handler
    remembering: Remembering

    def stop(self) -> None:
        """Finish what was begun, then end; what was not begun stays in the outbox."""
        self.remembering.stop()
        self.relay.stop()
        self.worker.stop(timeout=25_000)
        self.handler.stop()


def build(settings: Settings, clock: Clock = utc_now) -> Runtime:
    """Wire the outside. Raises SettingError with one line for what cannot be reached or is set wrongly."""
    set_up_logging()
    keyring = Keyring(settings.secret_keys)
    _check_sender(settings)
    database = _database(settings, keyring)
    try:
        outside = Outside(
            database=database,
            mailer=make_mailer(settings.mail_url),
            geocoder=make_geocoder(settings.geocoder),
            clock=clock,
            base_url=settings.base_url,
            sender=settings.mail_from,
            language=settings.language,
            help_lines=settings.help_lines,
            erased=ErasureLedger(settings.erased_file),
            memory=Memory(database, clock),
        )
    except OSError as error:
        raise SettingError(
            f"MATCHER_DATA_DIR {settings.data_dir} cannot be written: {error.strerror}."
        ) from None
    broker = make_broker(settings.redis_url)
    nudger = Nudger(broker)
    database.nudge = nudger
    return Runtime(settings, outside, broker, nudger)


def _database(settings: Settings, keyring: Keyring) -> Database:
    try:
        return Database(settings.database_url, keyring)
    except OSError as error:  # the folder of its file
        file = Path(settings.database_url.removeprefix("sqlite:///")).absolute()
        name = "MATCHER_DATA_DIR" if file.is_relative_to(settings.data_dir) else "MATCHER_DATABASE_URL"
        raise SettingError(f"{name}: {file} cannot be written: {error.strerror}.") from None


def _check_sender(settings: Settings) -> None:
    """A wrong sender stops the start, not the first letter."""
    try:
        sender_address(settings.mail_from)
    except SettingError as error:
        raise SettingError(f"MATCHER_MAIL_FROM: {error}") from None


def prepare_database(runtime: Runtime) -> None:
    """Bring the tables up to date, finish a restore that was cut off and make the first admins.

    Raises SettingError when it or the ledger of erasures cannot be used, and UnreadableSecret when it was written with other secret keys.
    """
    settings, outside = runtime.settings, runtime.outside
    if outside.erased is not None:
        outside.erased.check()
    try:
        schema.upgrade(outside.database)
        check_keys(outside.database)
        finish_restore(outside)
        with outside.database.writing() as session:
            outside.database.alone(session)  # several processes may be started at the same moment
            create_first_admins(session, settings.bootstrap_admin_keys, outside.clock())
        privacy.erase_again(outside)  # before anybody is served: this may be a restored backup (CARE 23)
    except DBAPIError as error:
        why = why_out_of_reach(error)
        if why is None:
            raise
        place = outside.database.url.render_as_string(hide_password=True)
        raise SettingError(f"The database {place} (MATCHER_DATABASE_URL) cannot be used: {why}") from None


def create_app(runtime: Runtime) -> Flask:
    """The web application: the API, the pages and what operators look at."""
    settings, outside = runtime.settings, runtime.outside
    app = TracedFlask("matcher", static_folder=None)
    operations.number_requests(app)
    checks = {"broker": lambda: check_broker(runtime)}
    pages.register(
        app, outside, mail_folder=settings.shown_mail_folder, redis_url=settings.redis_url, checks=checks
    )
    api.register(
        app, outside, pages.error_page
    )  # after the pages: its refusals under /v1 stand before theirs
    if settings.proxies:  # limits are counted by the reader's address, not the proxy's
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies)  # type: ignore[method-assign]
    operations.add_to(
        app,
        outside,
        checks=checks,
        saying={"memory": outside.memory.said} if outside.memory else {},
        metrics_token=settings.metrics_token,
    )
    trace(app)
    return app


def start_worker(
    runtime: Runtime, threads: int = WORKER_THREADS, progress: Progress | None = None
) -> RunningWorker:
    """Start to react to events in this process, beside any number of others. `progress` hears how the memory grows."""
    memory = runtime.outside.memory
    assert memory is not None
    handler = Handler(runtime.outside)
    declare(runtime.broker, handler.handle)
    handler.start()
    relay = Relay(runtime.outside, runtime.nudger)
    relay.start()
    remembering = Remembering(memory, progress)
    remembering.start()
    return RunningWorker(start_consuming(runtime.broker, threads), relay, handler, remembering)


def check_broker(runtime: Runtime) -> str | None:
    """What is wrong with the broker, or None."""
    client = getattr(runtime.broker, "client", None)
    if client is None:
        return None
    try:
        memory = client.info("memory")  # not by CONFIG, which a hosted one may forbid
    except Exception as error:  # noqa: BLE001 - whatever the client raises, the broker is not usable
        return f"The broker does not answer ({type(error).__name__})."
    policy = memory.get("maxmemory_policy")
    if policy != "noeviction":
        return f"The broker may drop messages: maxmemory-policy is {policy}, not noeviction."
    most = int(memory.get("maxmemory", 0))
    if most and int(memory["used_memory"]) >= most:
        return f"The broker is full: its maxmemory of {most} bytes is reached; workers are woken only when there is room."
    return None


def set_up_logging(level: int = logging.INFO) -> None:
    """Structured lines on standard error; ids only, never names, addresses, comfort or text (CARE 22)."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    if not any(isinstance(handler, _Borrowed) for handler in root.handlers):
        root.addHandler(_Borrowed())


class _Borrowed(logging.Handler):
    """What libraries say, as lines like ours.

    Without what they fill in, which may be an address or a link, and of an error its kind and place alone (CARE 22).
    """

    def emit(self, record: logging.LogRecord) -> None:
        filled_in = record.args if isinstance(record.args, tuple) else ()
        errors = [one for one in (*(record.exc_info or ()), *filled_in) if isinstance(one, BaseException)]
        more = {"error": kind_and_place(errors[0])} if errors else {}
        log.log(record.levelno, "library", logger=record.name, said=str(record.msg), **more)

"""The broker wakes workers up, in this process or over Redis; losing it loses nothing (ARCHITECTURE §4)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerError
from dramatiq.middleware import Middleware, ShutdownNotifications, TimeLimit
from redis import Redis
from redis.exceptions import RedisError

from matcher.workers.actors import TIME_LIMIT_SECONDS

QUEUE: Final = "events"
ACTOR: Final = "handle"
NAMESPACE: Final = "matcher"
CONNECT_SECONDS: Final = (
    0.5  # a request must not wait for a broker that is away: the relay finds its event anyway
)
SILENT_SECONDS: Final = 2.0  # after a failure the broker is left alone that long
WORKER_TIMEOUT_MS: Final = (
    20  # with the prefetch below: 7 ms instead of 371 ms after idling (measured, ARCHITECTURE §7)
)
PREFETCH: Final = 256

log = structlog.get_logger()


def make_broker(redis_url: str | None) -> dramatiq.Broker:
    """A broker without retries and delays: what is due later is a row of the outbox."""
    middleware: list[Middleware] = [
        TimeLimit(time_limit=int(TIME_LIMIT_SECONDS * 1000)),
        ShutdownNotifications(),
    ]
    if redis_url is None:
        broker = StubBroker(middleware=middleware)
        broker.declare_queue(QUEUE)  # events may come before the first worker thread
        return broker
    client = Redis.from_url(redis_url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=5.0)
    return RedisBroker(  # type: ignore[no-untyped-call]
        client=client, namespace=NAMESPACE, middleware=middleware
    )


def declare(broker: dramatiq.Broker, handle: Callable[[str], None]) -> None:
    """Say what a message of the queue does."""
    dramatiq.Actor(handle, actor_name=ACTOR, queue_name=QUEUE, broker=broker, priority=0, options={})


class Nudger:
    """Sends event ids after a commit, best effort: a broker that is away costs one short wait, then nothing."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker
        self._silent_until = 0.0

    def __call__(self, event_ids: list[str]) -> bool:
        """Send the ids; False when the broker could not be reached."""
        if time.monotonic() < self._silent_until:
            return False
        try:
            for event_id in event_ids:
                self._broker.enqueue(
                    dramatiq.Message(
                        queue_name=QUEUE, actor_name=ACTOR, args=(event_id,), kwargs={}, options={}
                    )
                )
        except (BrokerError, RedisError, OSError) as error:
            self._silent_until = time.monotonic() + SILENT_SECONDS
            log.warning("broker.away", error=type(error).__name__)
            return False
        return True


def start_consuming(broker: dramatiq.Broker, threads: int) -> dramatiq.Worker:
    """Start worker threads in this process."""
    worker = dramatiq.Worker(broker, worker_timeout=WORKER_TIMEOUT_MS, worker_threads=threads)
    worker.queue_prefetch = PREFETCH
    worker.start()
    return worker

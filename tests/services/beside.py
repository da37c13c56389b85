"""Two transactions on PostgreSQL in a set order: the second begins while the first has not been committed yet."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import Any, Final

from sqlalchemy.orm import Session

from tests.builders import World

HEAD_START: Final = 0.3  # seconds in which the second comes to where it has to wait

Deed = Callable[[Session], Any]


def beside(world: World, first: Deed, second: Deed) -> Any:
    """Do `first`, begin `second` before it is committed, and give back what the second came to or raised."""

    def alone() -> Any:
        with world.database.writing() as session:
            return second(session)

    with ThreadPoolExecutor(1) as pool:
        with world.database.writing() as session:
            first(session)
            session.flush()
            running = pool.submit(alone)
            wait_for([running], HEAD_START)
        error = running.exception(30)
        return error or running.result()

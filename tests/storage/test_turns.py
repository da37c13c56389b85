"""Writers of one SQLite file take turns, so that a request never starves beside busy workers."""

from __future__ import annotations

import threading
import time

from matcher.storage.turns import Turns

BUSY = 4
HOLD_SECONDS = 0.01


def test_a_request_waits_for_each_busy_worker_at_most_once() -> None:
    turns, stop, order = Turns(10), threading.Event(), []

    def work(name: int) -> None:
        while not stop.is_set():
            with turns.taken():
                order.append(name)
                time.sleep(HOLD_SECONDS)

    workers = [threading.Thread(target=work, args=(name,)) for name in range(BUSY)]
    for worker in workers:
        worker.start()
    time.sleep(5 * HOLD_SECONDS)
    before = len(order)
    with turns.taken():
        passed = len(order) - before
    stop.set()
    for worker in workers:
        worker.join(10)
    assert passed <= BUSY + 1


def test_only_one_holds_the_turn() -> None:
    turns, inside, seen = Turns(10), [], []

    def enter() -> None:
        for _ in range(20):
            with turns.taken():
                inside.append(1)
                seen.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(BUSY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert set(seen) == {1}
    assert len(seen) == 20 * BUSY


def test_who_waits_too_long_goes_on_and_spoils_no_turn() -> None:
    turns = Turns(0.01)
    with turns.taken(), turns.taken():
        pass
    with turns.taken():
        assert turns._taken
    assert not turns._taken

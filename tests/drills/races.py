"""Drills 14 and 15: two things at one moment, where only one order may win."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from sqlalchemy import select

from matcher.storage.tables import InvitationRow
from tests.drills.checker import drain
from tests.drills.clients import Asked, Client
from tests.drills.deployment import ADMIN_KEYS
from tests.drills.drill import drill
from tests.drills.stage import Stage
from tests.drills.town import LINK, Town

PAIRS_AT_ONCE = 5  # while one is asked, the workers look for the next
SWITCH_SECONDS = 5.0  # CARE 15
STOPS = ("withdrawn", "paused", "excluded", "consent withdrawn")


def together(*deeds: Callable[[], Any]) -> list[Any]:
    """Do all of them at one moment."""
    gate = threading.Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        gate.wait(30)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


@drill(
    14,
    "stop against go",
    "withdraw, pause, exclude, withdraw consent racing with the sending and with a yes; an organisation suspended",
)
def stop_against_go(stage: Stage) -> None:
    """After the stop no sending starts and nothing is revealed; a letter already under way is withdrawn after it."""
    town, other = stage.town("race"), stage.client()
    gone: list[tuple[str, Asked]] = []
    for _ in range(stage.many(1, 8)):
        for stop in STOPS:
            for racing in ("sending", "yes"):
                opportunity_id, asked = _somebody(stage, town)
                if racing == "yes" and (page := town.link(asked, LINK)) is not None:
                    together(
                        lambda asked=asked, stop=stop: _stop(town, asked, stop),
                        lambda page=page: other.form("accept", page, answer="accept"),
                    )
                    kept = {"accepted"} if stop == "paused" else {"cancelled"}
                    asked.ends, asked.stopped_at = frozenset({"withdrawn"} | kept), None
                else:
                    _stop(town, asked, stop)
                stage.fault()
                if stop != "paused":
                    gone.append((opportunity_id, asked))
    _one_switch(stage)
    drain(stage.deployment)
    for opportunity_id, asked in gone:
        visitors = town.client.get(town.organisation, f"/v1/opportunities/{opportunity_id}/visitors")["items"]
        stage.expect(not visitors, f"{asked.alias} is still shown to the host")


def _one_switch(stage: Stage) -> None:
    """An organisation is suspended with invitations on their way, open and accepted: each of them ends at once (CARE 15)."""
    town = stage.town("switch")
    for number in range(stage.many(3, 40)):
        _, asked = _somebody(stage, town)
        if number % 2 and (page := town.link(asked, LINK)) is not None:
            town.answer(asked, page, "accept", "accepted")
        asked.ends |= {"cancelled" if number % 2 else "withdrawn"}
    theirs = (InvitationRow.organisation_id == town.organisation_id) & InvitationRow.live

    def is_over() -> bool:
        with stage.deployment.database.reading() as session:
            return session.scalars(select(InvitationRow.id).where(theirs)).first() is None

    stage.expect(not is_over(), "nothing was live when the organisation was suspended")
    began = time.monotonic()
    town.client.command("suspend", ADMIN_KEYS[0], f"/v1/organisations/{town.organisation_id}/suspend")
    stage.fault()
    stage.until(is_over, "the end of every live path of a suspended organisation", SWITCH_SECONDS)
    stage.figures["switch_seconds"] = time.monotonic() - began


def _somebody(stage: Stage, town: Town) -> tuple[str, Asked]:
    """Alone with one posting, and just approved."""
    number, latitude, longitude = stage.streets()
    opportunity_id = town.post(number, latitude, longitude)
    asked = town.register(number, 0, latitude, longitude)
    town.ask(asked)
    return opportunity_id, asked


def _stop(town: Town, asked: Asked, stop: str) -> None:
    if stop != "consent withdrawn":
        town.stop(asked, stop)
        return
    person = town.client.get(town.caseworker, f"/v1/people/{asked.person_id}")
    path = f"/v1/people/{asked.person_id}/consents/{person['consents'][0]['id']}/withdraw"
    asked.ends |= {"withdrawn"}
    deed_status, _ = town.client.command(stop, town.caseworker, path)
    assert deed_status == 200
    town.stopped(asked, town.client.last.answered_at if town.client.last else None)


@drill(15, "last seat", "two people for the last seat, again and again; ten approvals at once for one person")
def last_seat(stage: Stage) -> None:
    """Exactly one wins; the other is told kindly."""
    rounds, streets_at_once = stage.many(5, 1000), stage.many(2, 8)
    with ThreadPoolExecutor(streets_at_once) as pool:
        shares = [
            rounds // streets_at_once + (index < rounds % streets_at_once) for index in range(streets_at_once)
        ]
        list(pool.map(lambda one: _last_seats(stage, f"s{one[0]}", one[1]), enumerate(shares)))
    stage.fault(rounds)
    for _ in range(stage.many(1, 10)):
        _ten_at_once(stage, stage.town(f"ten{stage.rng.getrandbits(20)}"))
        stage.fault()


def _last_seats(stage: Stage, name: str, rounds: int) -> None:
    town, other = stage.town(name), stage.client()
    for done in range(0, rounds, PAIRS_AT_ONCE):
        pairs = [_two_for_one_seat(stage, town) for _ in range(min(PAIRS_AT_ONCE, rounds - done))]
        for both in pairs:
            _both_want_it(stage, town, other, both)


def _two_for_one_seat(stage: Stage, town: Town) -> list[Asked]:
    number, latitude, longitude = stage.streets()
    town.post(number, latitude, longitude, capacity=1)
    return [town.register(number, one, latitude, longitude) for one in range(2)]


def _both_want_it(stage: Stage, town: Town, other: Client, both: list[Asked]) -> None:
    # The later session is the same for both: take the first that both have.
    menus = [{one["session"]["id"]: one["id"] for one in town.proposals(asked)} for asked in both]
    shared = next((one for one in menus[0] if one in menus[1]), None)
    if shared is None:
        stage.failures.append("the two were never offered the same session")
        return
    approvals = [
        partial(_approve, client, town, menu[shared])
        for client, menu in zip((town.client, other), menus, strict=True)
    ]
    results = together(*approvals)
    codes = sorted(str(answer.get("code") or status) for status, answer in results)
    # `stale` where the winner's `session.full` was faster than the other's click.
    stage.expect(codes in (["201", "full"], ["201", "stale"]), f"two for the last seat were told {codes}")
    for asked, (status, answer) in zip(both, results, strict=True):
        if status == 201:
            asked.invitation_id, asked.ends = answer["id"], frozenset({"sent"})


def _approve(client: Client, town: Town, match_id: str) -> tuple[int, Any]:
    return client.command("approve", town.caseworker, f"/v1/matches/{match_id}/approve")


def _ten_at_once(stage: Stage, town: Town) -> None:
    number, latitude, longitude = stage.streets()
    for _ in range(3):
        town.post(stage.streets()[0], latitude, longitude)
    asked = town.register(number, 0, latitude, longitude)
    stage.until(lambda: len(town.proposals(asked)) >= 2, "a menu")
    ids = [one["id"] for one in town.proposals(asked)]
    approvals = [partial(_approve, stage.client(), town, ids[index % len(ids)]) for index in range(10)]
    results = together(*approvals)
    won = [answer["id"] for status, answer in results if status == 201]
    codes = {str(answer.get("code")) for status, answer in results if status != 201}
    stage.expect(len(won) == 1, f"{len(won)} of ten approvals won")
    stage.expect(codes <= {"live_invitation", "stale"}, f"the others were told {codes}")
    if won:
        asked.invitation_id, asked.ends = won[0], frozenset({"sent"})

"""What is missing is told to caseworkers alone, in their language, and of their own team."""

from __future__ import annotations

from tests.api.conftest import Caller, World
from tests.api.documents import person


def test_a_caseworker_learns_what_would_help_ten_or_more(
    world: World, caseworker: Caller, organisation: Caller
) -> None:
    for number in range(9):
        caseworker.post("/v1/people", person(alias=f"Guest {number}"))
    assert caseworker.get("/v1/missing").json == {"items": [], "next": None}
    caseworker.post("/v1/people", person(alias="Guest 9"))
    (one,) = caseworker.get("/v1/missing").json["items"]
    assert (one["people"], one["opportunity"]["kind"]) == (10, "volunteering")
    assert one["sentence"].startswith("Volunteering near 狛江駅")
    said = caseworker.get("/v1/missing", **{"Accept-Language": "ja"}).json["items"][0]["sentence"]
    assert "10人に次の一歩が見つかりそうです" in said
    assert caseworker.get(f"/v1/missing?cursor={one['id']}").json["items"] == []
    assert world.caseworker().get("/v1/missing").json["items"] == []
    assert organisation.get("/v1/missing").status_code == 403

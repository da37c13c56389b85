"""What is missing is told for groups of ten or more, and truly opens a next step once somebody makes it."""

from __future__ import annotations

from dataclasses import replace

from matcher.domain.opportunity import Place
from matcher.domain.values import Interaction, Kind, Language
from matcher.scoring.wanted import When
from matcher.scoring.wording.wanted import wanted_sentence
from matcher.services.access.keys import Caller
from matcher.services.desk.lacking import Lacking, lacking
from matcher.services.listings import posting
from tests.builders import World
from tests.forms import a_posting

AROUND = {"latitude": 35.63, "longitude": 139.58}
EVENINGS = [{"weekday": day, "from": "17:00", "to": "20:00"} for day in range(5)]
QUIET = {
    "group": 1.5, "interaction": 3.5, "unfamiliarity": 4, "travel": 3, "commitment": 2.5, "stimulation": 1,
}  # fmt: skip


def people(world: World, count: int, caller: Caller | None = None, **changes: object) -> list[str]:
    """So many people of a team who have time in the evening and like a hobby."""
    usual = {"kinds": ["hobby"], "availability": EVENINGS, "comfort": QUIET, "start_point": AROUND}
    return [
        world.a_person(caller, **{**usual, "alias": f"Guest {number}", **changes}) for number in range(count)
    ]


def found(world: World, caller: Caller | None = None) -> list[Lacking]:
    team_id = (caller or world.caseworker).team_id
    assert team_id is not None
    with world.database.reading() as session:
        return lacking(session, team_id, world.clock())


def test_it_names_what_would_help_most_and_making_it_helps(world: World) -> None:
    ids = people(world, 12)
    world.work()
    (one,) = found(world)
    assert (one.wanted.kind, one.wanted.when, one.people) == (Kind.hobby, When.weekday_evening, 12)
    assert one.within_minutes <= 30
    wanted = replace(
        a_posting(),
        **{
            name: getattr(one.wanted.posting(world.clock(), "Asia/Tokyo"), name)
            for name in (
                "kind",
                "sessions",
                "group_size",
                "interaction",
                "stimulation",
                "capacity",
                "topics",
                "languages",
            )
        },
        place=Place(
            "Evening room",
            "Somewhere 1",
            one.wanted.point.latitude,
            one.wanted.point.longitude,
            "Blue door.",
            "Asia/Tokyo",
        ),
    )
    organisation_id = world.an_organisation()
    with world.database.writing() as session:
        posting.create(session, organisation_id, wanted, world.clock())
    world.work()
    assert all(world.matches(person_id) for person_id in ids)
    assert found(world) == []


def test_care_19_fewer_than_ten_are_never_told_of(sqlite_world: World) -> None:
    people(sqlite_world, 9)
    assert found(sqlite_world) == []
    people(sqlite_world, 1)
    assert [one.people for one in found(sqlite_world)] == [10]


def test_a_team_learns_of_its_own_people_alone(sqlite_world: World) -> None:
    world = sqlite_world
    others = world.a_caseworker("Abe")
    people(world, 6)
    people(world, 6, others)
    assert found(world) == found(world, others) == []


def test_those_who_have_a_next_step_do_not_count(sqlite_world: World) -> None:
    world = sqlite_world
    people(world, 9)
    people(world, 1, kinds=["volunteering", "hobby"], availability=[], comfort=QUIET)
    assert len(found(world)) == 1
    world.an_opportunity()
    world.work()
    assert found(world) == []


def test_each_counts_once_and_the_rest_get_something_of_their_own(sqlite_world: World) -> None:
    world = sqlite_world
    people(world, 11)
    people(world, 10, kinds=["study"], needs=["staffed", "step_free"])
    one, other = found(world)
    assert [one.people, other.people] == [11, 10]
    assert [one.wanted.kind, other.wanted.kind] == [Kind.hobby, Kind.study]
    assert [one.needs, other.needs] == [(), ("step_free",)]


def test_it_is_no_gentler_than_it_has_to_be(sqlite_world: World) -> None:
    world = sqlite_world
    people(world, 10, comfort={**QUIET, "group": 3.5, "commitment": 3.5}, max_group_size=8)
    (free,) = found(world)
    assert (free.wanted.people_at_most, free.wanted.minutes) == (6, 60)
    people(world, 30, max_group_size=2)
    narrow = found(world)[0]
    assert (narrow.wanted.people_at_most, narrow.people) == (2, 40)


def test_it_is_said_in_both_languages(sqlite_world: World) -> None:
    people(sqlite_world, 10, needs=["staffed", "step_free"])
    (one,) = found(sqlite_world)
    wanted = replace(one.wanted, people_at_most=2, minutes=30, interaction=Interaction.side_by_side)
    said = [
        wanted_sentence(wanted, people=10, minutes=15, near="Izumi", needs=one.needs, language=language)
        for language in (Language.en, Language.ja)
    ]
    english, japanese = said
    assert english == (
        "A hobby near Izumi, half an hour early on a weekday evening: quiet, 2 people at most, each busy side by side,"
        " with a way in without steps. It would open a next step for 10 people, all within 15 minutes."
    )
    assert japanese == (
        "Izumiの近くで、平日の夕方に30分ほど、2人までの静かでとなり合って過ごせる「趣味の集まり」（段差のない入口があるもの）があれば、"
        "10人に次の一歩が見つかりそうです。どなたも15分以内で行けます。"
    )

"""SCORING §2 and §3: kilometres, minutes, reach and the size of the group."""

from __future__ import annotations

import pytest
from geopy.distance import great_circle
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.opportunity import GroupSize, Place
from matcher.domain.person import Travel
from matcher.domain.values import GeoPoint, Interaction, Rungs, TravelMode
from matcher.scoring import kernel
from matcher.scoring.distance import MODE_INDEX, reach_km
from tests.scoring.builders import codes, judged, someone, something, something_online

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)
modes, kilometres = st.sampled_from(TravelMode), st.floats(0, 500)


@given(latitudes, longitudes, latitudes, longitudes)
def test_distance_is_that_of_geopy(latitude: float, longitude: float, other: float, far: float) -> None:
    ours = kernel.haversine_km(latitude, longitude, other, far)
    # The haversine formula is only good to about a metre at the antipode; nobody travels there.
    assert ours == pytest.approx(great_circle((latitude, longitude), (other, far)).km, rel=1e-9, abs=2e-3)
    assert ours == kernel.haversine_km(other, far, latitude, longitude)


@given(st.floats(-60, 60), longitudes, st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_distance_is_that_of_geopy_to_a_micrometre_nearby(
    latitude: float, longitude: float, north: float, east: float
) -> None:
    ours = kernel.haversine_km(latitude, longitude, latitude + north, longitude + east)
    theirs = great_circle((latitude, longitude), (latitude + north, longitude + east)).km
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_distance_starts_from_the_snapped_point() -> None:
    place = Place(latitude=35.63, longitude=139.58, id="place")
    near = someone(start_point=GeoPoint(35.6323, 139.5779))
    assert judged(near, something(place=place)).distance_km == 0


@pytest.mark.parametrize(
    ("mode", "kilometres", "minutes"),
    [
        ("walk", 3.0, 52.0),
        ("bicycle", 3.0, 21.5),
        ("transit", 10.0, 54.0),
        ("car", 10.0, 36.2),
        ("bicycle", 0.1, 60 * 1.3 * 0.1 / 4.5),  # on foot is quicker
        ("transit", 0.5, 60 * 1.3 * 0.5 / 4.5),
        ("walk", 0.0, 0.0),
    ],
)
def test_minutes_by_mode_or_on_foot(mode: str, kilometres: float, minutes: float) -> None:
    assert kernel.travel_minutes(kilometres, MODE_INDEX[TravelMode(mode)]) == pytest.approx(
        minutes, abs=1e-12
    )


@given(kilometres, kilometres, modes, st.floats(1, 200))
def test_a_longer_way_never_has_a_higher_part(
    one: float, other: float, mode: TravelMode, half_life: float
) -> None:
    near, far = sorted((one, other))
    parts = [
        kernel.distance_part(kernel.travel_minutes(km, MODE_INDEX[mode]), half_life) for km in (near, far)
    ]
    assert 0 <= parts[1] <= parts[0] <= 1


@given(kilometres, modes, st.floats(0, 300))
def test_reach_is_never_short_and_hardly_long(km: float, mode: TravelMode, most: float) -> None:
    reach = reach_km(Travel(mode, most, 20))
    within = not kernel.exceeds(kernel.travel_minutes(km, MODE_INDEX[mode]), most)
    assert km <= reach if within else km > reach - 0.002


def test_the_distance_part_halves_with_the_half_life() -> None:
    assert kernel.distance_part(20, 20) == 0.5
    assert kernel.distance_part(20, 10) == 0.25
    assert kernel.distance_part(0, 10) == 1


def test_online_is_no_way_at_all() -> None:
    evaluation = judged(someone(travel=Travel(TravelMode.walk, 0, 20)), something_online())
    assert evaluation.distance_km is None
    assert evaluation.travel_minutes == 0
    assert evaluation.parts.distance == 1
    assert codes(evaluation) == []


@pytest.mark.parametrize(
    ("typical", "comfortable", "part"),
    [
        (1, 0.0, 1.0),
        (2, 0.0, 0.8),  # one other, comfortable with one
        (3, 0.0, 0.5),
        (3, 1.0, 0.8),
        (5, 1.0, 0.5),
        (5, 2.0, 0.8),
        (9, 2.0, 0.5),
    ],
)
def test_the_group_part_is_four_fifths_when_comfortable_and_a_half_at_twice_as_many(
    typical: int, comfortable: float, part: float
) -> None:
    person = someone(comfort=Rungs(comfortable, 4, 4, 4, 4, 4))
    found = judged(person, something(group_size=GroupSize(typical, 20))).parts
    assert found.group_size == pytest.approx(part, abs=1e-12)


def test_writing_online_has_no_crowd() -> None:
    evaluation = judged(
        None, something_online(group_size=GroupSize(50, 90), interaction=Interaction.text_only)
    )
    assert evaluation.parts.group_size == 1
    assert codes(evaluation) == []


@given(st.integers(0, 300), st.floats(0, 4), st.integers(0, 4))
def test_more_people_never_fit_better(typical: int, comfortable: float, interaction: int) -> None:
    some, more = (kernel.group_size_part(n, comfortable, False, interaction) for n in (typical, typical + 1))
    assert 0 < more <= some <= 1

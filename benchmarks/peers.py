"""What somebody would pick instead, each in its best form; those that are not installed are named and skipped.

Everything gets the same flat columns of numbers, held in memory and sorted by cell, and a box of latitudes and longitudes
around each person's reach, so that most rows are passed over before anything is computed.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks import flat
from benchmarks.flat import EARTH_KM, Columns, Tools

Found = NDArray[np.float64]  # the best scores, the best first
MARGIN: Final = 1e-6  # radians; a box in the person's favour


class Peer(ABC):
    """Finds the best of many for one, in either direction."""

    name: ClassVar[str]
    package: ClassVar[str]

    @classmethod
    def missing(cls) -> bool:
        """Whether its package is not installed."""
        return find_spec(cls.package) is None

    @abstractmethod
    def prepare(self, many: Columns, *, of_people: bool) -> None:
        """Take in the columns of the many: people, or postings."""

    @abstractmethod
    def best(self, one: Mapping[str, Any], most: int) -> Found:
        """The best scores for one posting, or one person."""


def best_of(scores: NDArray[np.float64], most: int) -> Found:
    """The highest, the best first."""
    kept = np.partition(scores, len(scores) - most)[-most:] if len(scores) > most else scores
    return np.sort(kept)[::-1]


def sides(one: Any, many: Any, *, of_people: bool) -> tuple[Any, Any]:
    """Person and posting, whichever of them is the many."""
    return (many, one) if of_people else (one, many)


def with_boxes(many: Columns, reach_km: NDArray[np.float64] | None) -> dict[str, NDArray[Any]]:
    """The columns with the box of each person's reach; sorted so that neighbours lie together."""
    order = np.lexsort((many["lon"], np.floor(many["lat"] / 0.002)))
    found = {name: one[order] for name, one in many.items()}
    if reach_km is not None:
        angle = reach_km[order] / EARTH_KM + MARGIN
        wide = angle / np.cos(np.minimum(np.abs(found["lat"]) + angle, 1.5))
        found |= {
            "south": found["lat"] - angle, "north": found["lat"] + angle,
            "west": found["lon"] - wide, "east": found["lon"] + wide,
        }  # fmt: skip
    return found


class Numpy(Peer):
    """Plain arrays, the box first."""

    name, package = "numpy", "numpy"

    def prepare(self, many: Columns, *, of_people: bool) -> None:
        self._many, self._of_people = many, of_people

    def best(self, one: Mapping[str, Any], most: int) -> Found:
        near = np.flatnonzero(box(one, self._many, of_people=self._of_people))
        return best_of(_scores(one, self._many, near, of_people=self._of_people), most)


class BallTree(Peer):
    """scikit-learn's tree of great-circle distances, then arrays."""

    name, package = "scikit-learn BallTree", "sklearn"

    def prepare(self, many: Columns, *, of_people: bool) -> None:
        neighbors: Any = import_module("sklearn.neighbors")
        self._many, self._of_people = many, of_people
        points = np.column_stack([many["lat"], many["lon"]])
        self._tree = neighbors.BallTree(points, metric="haversine", leaf_size=200)
        self._furthest = float(many["reach_km"].max()) if of_people else 0.0

    def best(self, one: Mapping[str, Any], most: int) -> Found:
        reach = self._furthest if self._of_people else one["reach_km"]
        near = self._tree.query_radius([[one["lat"], one["lon"]]], reach / EARTH_KM + MARGIN)[0]
        return best_of(_scores(one, self._many, near, of_people=self._of_people), most)


class DuckDb(Peer):
    """DuckDB on a table in memory, everything in one query."""

    name, package = "DuckDB", "duckdb"

    def prepare(self, many: Columns, *, of_people: bool) -> None:
        self._of_people = of_people
        self._connection: Any = import_module("duckdb").connect()
        self._connection.register("given", {name: np.ascontiguousarray(one) for name, one in many.items()})
        self._connection.execute("create table many as select * from given")
        self._names = list(many)

    def best(self, one: Mapping[str, Any], most: int) -> Found:
        many = {name: Sql(name) for name in self._names}
        p, o = sides(one, many, of_people=self._of_people)
        minutes = flat.minutes_of(p, o, SQL)
        # What is computed once gets a name, or it would be written out, and computed, many times.
        inner = f"select *, {minutes} as minutes from many where {box(one, many, of_people=self._of_people)} and {flat.gates(p, o)}"
        fits, score = flat.offered_score(p, o, SQL, Sql("minutes"))
        query = f"select {score} as score from ({inner}) where {fits} order by score desc limit {most}"
        return np.array(self._connection.execute(query).fetchnumpy()["score"], np.float64)


class Polars(Peer):
    """Polars, lazily, so that filters come first."""

    name, package = "Polars", "polars"

    def prepare(self, many: Columns, *, of_people: bool) -> None:
        self._polars: Any = import_module("polars")
        self._frame = self._polars.DataFrame({name: np.ascontiguousarray(one) for name, one in many.items()})
        self._of_people = of_people
        self._names = list(many)

    def best(self, one: Mapping[str, Any], most: int) -> Found:
        pl = self._polars
        many = {name: pl.col(name) for name in self._names}
        p, o = sides(one, many, of_people=self._of_people)
        tools = _polars_tools(pl)
        near = self._frame.lazy().filter(box(one, many, of_people=self._of_people)).filter(flat.gates(p, o))
        near = near.with_columns(flat.minutes_of(p, o, tools).alias("minutes"))
        fits, score = flat.offered_score(p, o, tools, pl.col("minutes"))
        found = near.filter(fits).select(score.alias("score")).top_k(most, by="score").collect()
        return np.asarray(found["score"].sort(descending=True).to_numpy(), np.float64)


PEERS: Final = (Numpy, BallTree, DuckDb, Polars)


def box(one: Mapping[str, Any], many: Mapping[str, Any], *, of_people: bool) -> Any:
    """Whether the posting lies in the box of the person's reach."""
    p, o = sides(one, many, of_people=of_people)
    return (
        (p["south"] <= o["lat"])
        & (p["north"] >= o["lat"])
        & (p["west"] <= o["lon"])
        & (p["east"] >= o["lon"])
    )


def _scores(
    one: Mapping[str, Any], many: Columns, near: NDArray[np.int64], *, of_people: bool
) -> NDArray[np.float64]:
    some = {name: column[near] for name, column in many.items()}
    p, o = sides(one, some, of_people=of_people)
    return flat.scores(p, o)[1]


class Sql(str):
    """A piece of SQL that can be computed with."""

    __slots__ = ()
    __hash__ = str.__hash__


def _operator(sign: str, *, swapped: bool = False) -> Callable[[Any, Any], Sql]:
    def write(self: Any, other: Any) -> Sql:
        left, right = (other, self) if swapped else (self, other)
        return Sql(f"({_word(left)} {sign} {_word(right)})")

    return write


def _word(one: Any) -> str:
    return one if isinstance(one, str) else repr(one)


def _and(self: Any, other: Any) -> Sql:
    """Between conditions it is a word, between numbers a sign: a condition is what ends with a comparison."""
    sign = "and" if any(mark in f"{self}{_word(other)}" for mark in ("=", "<", ">", " and ")) else "&"
    return Sql(f"({_word(self)} {sign} {_word(other)})")


for _name, _sign in (("add", "+"), ("sub", "-"), ("mul", "*"), ("truediv", "/")):
    setattr(Sql, f"__{_name}__", _operator(_sign))
    setattr(Sql, f"__r{_name}__", _operator(_sign, swapped=True))
for _name, _sign in (("le", "<="), ("ge", ">="), ("eq", "=")):
    setattr(Sql, f"__{_name}__", _operator(_sign))
Sql.__and__ = _and  # type: ignore[attr-defined]
Sql.__rand__ = _and  # type: ignore[attr-defined]


def _function(name: str) -> Callable[..., Sql]:
    return lambda *arguments: Sql(f"{name}({', '.join(map(_word, arguments))})")


SQL: Final = Tools(
    _function("least"), _function("greatest"),
    lambda test, yes, no: Sql(f"(case when {test} then {_word(yes)} else {_word(no)} end)") if isinstance(test, str) else (yes if test else no),
    _function("ceil"), _function("log2"), _function("exp"), _function("sqrt"), _function("sin"), _function("cos"),
    _function("asin"), _function("bit_count"),
)  # fmt: skip


def _polars_tools(pl: Any) -> Tools:
    def expression(one: Any) -> Any:
        return one if isinstance(one, pl.Expr) else pl.lit(one)

    def least(one: Any, other: Any) -> Any:
        return pl.min_horizontal(expression(one), expression(other))

    def greatest(one: Any, other: Any) -> Any:
        return pl.max_horizontal(expression(one), expression(other))

    def where(test: Any, yes: Any, no: Any) -> Any:
        if isinstance(test, bool):
            return yes if test else no
        return pl.when(test).then(expression(yes)).otherwise(expression(no))

    def unary(name: str) -> Callable[[Any], Any]:
        return lambda one: getattr(expression(one), name)()

    return Tools(
        least, greatest, where, unary("ceil"), lambda one: expression(one).log(2), unary("exp"), unary("sqrt"),
        unary("sin"), unary("cos"), unary("arcsin"), lambda one: expression(one).bitwise_count_ones().cast(pl.Float64),
    )  # fmt: skip


def geopy_loop(one: Mapping[str, Any], people: Columns, most: int) -> Found:
    """A loop over everybody with geopy's great circle, as one would write it first."""
    great_circle: Any = import_module("geopy.distance").great_circle
    there = math.degrees(one["lat"]), math.degrees(one["lon"])
    near = []
    for place, (latitude, longitude, reach) in enumerate(
        zip(np.degrees(people["lat"]), np.degrees(people["lon"]), people["reach_km"], strict=True)
    ):
        if great_circle(there, (latitude, longitude)).km <= reach:
            near.append(place)
    return best_of(_scores(one, people, np.array(near, np.int64), of_people=True), most)

"""Values sent along with a statement whose text stays the same, and moments brought back as plain numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Float, String, any_, cast, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine


def among(session: Session, column: InstrumentedAttribute[Any], ids: Sequence[str]) -> ColumnElement[bool]:
    """Whether a column holds one of these ids, however many there are."""
    if session.get_bind().dialect.name == "sqlite":
        return column.in_(
            select(func.json_each(literal(json.dumps(list(ids)))).table_valued("value").c.value)
        )
    return column == any_(cast(list(ids), ARRAY(String)))


def ranges(
    session: Session, several: Sequence[tuple[int, float]]
) -> tuple[ColumnElement[int], ColumnElement[float]]:
    """Pairs of numbers as two columns of one table."""
    if session.get_bind().dialect.name == "sqlite":
        each = func.json_each(literal(json.dumps(several))).table_valued("value", name="ranges")
        return func.json_extract(each.c.value, "$[0]"), func.json_extract(each.c.value, "$[1]")
    wholes, reals = zip(*several, strict=True) if several else ((), ())
    table = (
        func.unnest(_array(wholes, BigInteger), _array(reals, Float))
        .table_valued("whole", "real", name="ranges")
        .render_derived()
    )
    return table.c.whole, table.c.real


def _array(numbers: Iterable[float], of: type[TypeEngine[Any]]) -> ColumnElement[Any]:
    """Numbers as one text that the database reads: the driver looks at each of a list several times."""
    return cast(literal("{" + ",".join(map(repr, numbers)) + "}"), ARRAY(of))


def as_micros(session: Session, moment: ColumnElement[Any]) -> ColumnElement[int]:
    """A moment as microseconds since 1970, reckoned by the database: a million moments are slow to make in Python."""
    if session.get_bind().dialect.name == "sqlite":
        seconds, fraction = func.strftime("%s", moment), func.substr(moment, 21, 6)
        return cast(seconds, BigInteger) * 1_000_000 + cast(fraction, BigInteger)
    return cast(func.extract("epoch", moment) * 1_000_000, BigInteger)

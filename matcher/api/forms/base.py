"""What every form shares: it makes a domain value, refuses unknown names, and points at what is wrong."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, Final, Self

from marshmallow import Schema, ValidationError, fields, post_dump, post_load, validate

from matcher.api.forms.fields import Line
from matcher.domain.coordinates import coordinate_problems
from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.domain.text import WORD_MAX, WORDS_MAX

PROBLEMS_MAX: Final = (
    100  # nobody reads more, and a hostile body must not grow its answer (judgement, 2026-11)
)
NAME_SHOWN_MAX: Final = 60  # characters of an unknown name that are repeated (judgement, 2026-11)

# What documents that are shown hold besides what is sent: somebody sends back what they were shown.
SHOWN_ONLY: Final = frozenset({"id", "organisation_id", "state", "missing"})

_MESSAGES: Final = {"required": "Must be stated.", "null": "Null says nothing here; state a value."}


class _Unknown(str):
    """The message for an unknown name, which remembers the known ones so that a slip can be told."""

    __slots__ = ("known",)
    known: tuple[str, ...]

    def __new__(cls, known: Iterable[str]) -> Self:
        message = super().__new__(cls, "There is no field of this name here.")
        message.known = tuple(known)
        return message

    def about(self, name: str) -> str:
        """The sentence for one name."""
        if name in SHOWN_ONLY:
            return f"The field “{name}” is shown and never sent; leave it out."
        close = get_close_matches(name, self.known, n=1)
        hint = f"; did you mean “{close[0]}”?" if close else "; leave it out."
        return f"There is no field “{name}” here{hint}"


class Form(Schema):
    """A form that loads into `makes`. Facts that are None are left out when it is written."""

    makes: ClassVar[type[Any]] = dict

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error_messages["unknown"] = _Unknown(
            str(field.data_key or name) for name, field in self.load_fields.items()
        )
        self.error_messages["type"] = "Must be an object."

    def on_bind_field(self, _field_name: str, field_obj: fields.Field[Any]) -> None:
        """Say in our own words what every field may say."""
        field_obj.error_messages = {**field_obj.error_messages, **_MESSAGES}

    @post_load
    def _make(self, values: dict[str, Any], **_: Any) -> Any:
        return self.made_of(values)

    def made_of(self, values: dict[str, Any]) -> Any:
        """The domain value; the place for a subclass to shape what its fields gave."""
        return self.makes(**values)

    @post_dump
    def _finish(self, written: dict[str, Any], **_: Any) -> dict[str, Any]:
        shown = self.written_as(written)
        return {"id": shown.pop("id"), **shown} if "id" in shown else shown

    def written_as(self, written: dict[str, Any]) -> dict[str, Any]:
        """What is shown; the place for a subclass to keep a null that means something."""
        return {name: value for name, value in written.items() if value is not None}

    def read(self, document: object) -> Any:
        """The domain value of a JSON document. Raises InvalidInput, each problem at its pointer."""
        try:
            return self.load(document)  # type: ignore[arg-type]
        except ValidationError as refused:
            raise InvalidInput(problems_of(refused)) from None

    def show(self, value: object) -> dict[str, Any]:
        """The JSON document of a domain value."""
        shown: dict[str, Any] = self.dump(value)
        return shown


class Tuple(fields.List[Any]):
    """A JSON list of one kind of thing, kept as a tuple."""

    def __init__(self, inner: fields.Field[Any], *, most: int = WORDS_MAX, **kwargs: Any) -> None:
        super().__init__(
            inner, validate=validate.Length(max=most, error=f"At most {most} entries fit here."), **kwargs
        )
        self.inner.error_messages = {**self.inner.error_messages, **_MESSAGES}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, list):
            raise ValidationError("Must be a list.")
        self._validate(value)  # before its entries: a list that is too long is not read to its end
        return tuple(super()._deserialize(value, attr, data, **kwargs))


class Distinct(Tuple):
    """A JSON list in which a repetition says nothing, kept as a tuple in its order."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        return tuple(dict.fromkeys(super()._deserialize(value, attr, data, **kwargs)))


class WordSet(Tuple):
    """A JSON list whose order and repetitions say nothing, kept as a frozenset and written sorted."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        return frozenset(super()._deserialize(value, attr, data, **kwargs))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[Any] | None:
        return super()._serialize(sorted(value), attr, obj, **kwargs)


def refuse_coordinates(latitude: float | None, longitude: float | None) -> None:
    """Raise ValidationError for coordinates that name no point on the earth."""
    found = coordinate_problems(latitude, longitude, "")
    if found:
        raise ValidationError({problem.pointer.removeprefix("/"): [problem.detail] for problem in found})


def words(**kwargs: Any) -> Distinct:
    """A list of short words in an open vocabulary."""
    return Distinct(Line(max_length=WORD_MAX), **kwargs)


def problems_of(refused: ValidationError) -> list[FieldProblem]:
    """What marshmallow found, as pointers (RFC 6901) and sentences; at most PROBLEMS_MAX."""
    return list(itertools.islice(_walk(refused.messages, ""), PROBLEMS_MAX))


def _walk(messages: object, at: str) -> Iterator[FieldProblem]:
    if isinstance(messages, Mapping):
        for key, inside in messages.items():
            yield from _walk(inside, at if key == "_schema" else f"{at}/{pointer_part(key)}")
    elif isinstance(messages, list):
        for message in messages:
            yield from _walk(message, at)
    elif isinstance(messages, _Unknown):
        name = at.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        yield FieldProblem(at, messages.about(name))
    else:
        yield FieldProblem(at, str(messages))


def pointer_part(name: object) -> str:
    """One part of a JSON pointer, shortened and without what cannot be encoded."""
    shown = str(name)[:NAME_SHOWN_MAX].encode("utf-8", "replace").decode()
    return shown.replace("~", "~0").replace("/", "~1")

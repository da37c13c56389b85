"""What lies outside and is handed in: the clock, the mail and the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

Clock = Callable[[], datetime]
"""Gives the aware UTC moment that is *now*."""


class Precision(StrEnum):
    """How exactly a place was found; `city` and `region` are a town's centre, which is a guess, not a fact."""

    address = "address"
    neighbourhood = "neighbourhood"
    city = "city"
    region = "region"


@dataclass(frozen=True, slots=True)
class Located:
    """Coordinates found for an address, in degrees, with the credit its source asks for."""

    latitude: float
    longitude: float
    label: str
    precision: Precision
    attribution: str


class Geocoder(Protocol):
    """Finds coordinates. Raises AddressNotFound, and GeocoderUnavailable when its source is out of reach."""

    def locate(self, address: str, *, language: str = "ja") -> Located:
        """Coordinates of an address or a place's name."""
        ...

    def candidates(self, name: str, *, language: str = "ja") -> tuple[Located, ...]:
        """Every place that a name may mean, the likeliest first, for somebody to choose from; empty when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One message ready to send. `message_id` is the same at every try, so that a copy can be recognised."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str | None = None
    calendar: bytes | None = None
    calendar_method: str = "PUBLISH"
    headers: dict[str, str] = field(default_factory=dict)


class Mailer(Protocol):
    """Sends a message or raises MailTemporaryError, MailPermanentError."""

    def send(self, message: OutgoingMail) -> None:
        """Hand over one message; returning means it was accepted."""
        ...

    def check(self) -> None:
        """Raise MailTemporaryError when messages could not be handed over now."""
        ...

"""What the machine posts and registers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

HOURS = {"from": "09:00", "to": "21:00", "timezone": "Asia/Tokyo"}
LIVING = {"purpose": "communal_living", "text_version": "2026-11", "given_at": "2026-11-01T00:00:00Z"}
MATCHING = {"purpose": "matching", "text_version": "2026-11", "given_at": "2026-11-01T00:00:00Z"}
A_STAY = {"kind": "communal_living", "stay_step": "visit", "free_exit": "Any time."}


def tuesday(now: datetime, weeks: int) -> dict[str, str]:
    """A session on a Tuesday at 13:00 in Tokyo."""
    day = now + timedelta(days=7 * weeks + (1 - now.weekday()) % 7)
    start = day.replace(hour=4, minute=0, second=0, microsecond=0)
    return {"starts_at": start.isoformat(), "ends_at": start.replace(minute=30).isoformat()}


def changes(what: str, which: int, now: datetime) -> dict[str, Any]:
    """What a host changes of a posting."""
    return {
        "capacity": {"capacity": 1}, "host": {"host": {"name": "Ito", "role": "cook", "greets_at_door": False}},
        "sessions": {"sessions": [tuesday(now, 3)]}, "title": {"title": f"Garden {which}"},
    }[what]  # fmt: skip

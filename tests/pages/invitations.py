"""What the page of an invitation offers in each state."""

from __future__ import annotations

import re

BUTTON = re.compile(r'<button name="\w+" value="(\w+)">[^<]+</button>')
ANSWERS = ("not_now", "accept", "too_much", "not_for_me")
OFFERED = {
    "open": [*ANSWERS, "on"],
    "taken_back": [*ANSWERS, "on"],
    "accepted": ["bring", "remind", "undo", "cancel", "on"],
    "accepted_paused": ["bring", "cancel"],
    "accepted_later": ["bring", "remind", "cancel", "on"],
    "accepted_begun": ["on"],
    "not_now": ["undo", "on"],
    "not_now_paused": [],
    "too_much": ["undo", "on"],
    "not_for_me": ["undo", "on"],
    "declined_later": ["on"],
    "unanswered_in_time": ["on"],
    "expired": ["on"],
    "withdrawn": ["on"],
    "cancelled": ["on"],
    "over": ["on"],
    "paused": [],
}


def offered(text: str) -> list[str]:
    """The values of the buttons of a page, in their order."""
    return BUTTON.findall(text)

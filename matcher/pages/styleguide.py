"""Every component in every state on one page, for whoever builds pages; never part of an application that sends real mail."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Final

from flask import Blueprint, Response

from matcher.domain.values import Aspect
from matcher.pages.drawing.scale import ON_PAGES
from matcher.pages.pictures import picture
from matcher.pages.showing import show

# The tokens of the stylesheet that are colours, in its order.
COLOURS: Final = ("paper", "card", "ink", "soft-ink", "accent", "line", "edge", "hover")
# A chance as the desk shows it: most likely, and between which two.
CHANCE: Final = SimpleNamespace(likely=0.9, low=0.8, high=0.95)

pages = Blueprint("styleguide", __name__)


@pages.get("/styleguide")
def look() -> Response:
    """The page; nothing on it does anything."""
    return show(
        "styleguide.html", colours=COLOURS, chance=CHANCE, aspects=list(Aspect), picture=picture, **ON_PAGES
    )

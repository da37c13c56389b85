"""The organisation's pages: its listings and the questions about each of them, its visitors, its keys and its vetting."""

from __future__ import annotations

from typing import Final

from matcher.pages.portal import organisation, views

PAGES: Final = (views.pages, organisation.pages)

"""The organisation's pages: its listings and the questions about each of them, its files, visitors, keys and vetting."""

from __future__ import annotations

from typing import Final

from matcher.pages.portal import calendar, imports, organisation, views, visitors

PAGES: Final = (views.pages, visitors.pages, imports.pages, organisation.pages, calendar.pages)

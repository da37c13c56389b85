"""The organisation's pages: its listings and the questions about each of them, its files, visitors, keys and vetting."""

from __future__ import annotations

from typing import Final

from matcher.pages.portal import imports, organisation, views

PAGES: Final = (views.pages, organisation.pages, imports.pages)

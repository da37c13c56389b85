"""The organisation's pages: its listings, the questions about each of them, and the visitors to come."""

from __future__ import annotations

from matcher.pages.portal.views import pages

__all__ = ["pages"]

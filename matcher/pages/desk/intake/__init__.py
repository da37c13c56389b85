"""First contact: twelve questions filled in together, and the same twelve for somebody who is known already."""

from __future__ import annotations

from matcher.pages.desk.intake import changing, filling

__all__ = ["changing", "filling"]

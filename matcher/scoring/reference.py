"""One evaluation as the reference output of `matcher score` (SCORING §9), floats unrounded."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from matcher.domain.values import Language
from matcher.scoring.evaluation import Evaluation
from matcher.scoring.sentences import reason_detail, why


def as_reference_json(evaluation: Evaluation, language: Language | str) -> dict[str, Any]:
    """A dict ready for JSON. An undated opportunity has one open session, of which `starts_at` is null."""
    return {
        "eligible": evaluation.eligible,
        "reasons": [
            {"code": reason.code.value, "detail": reason_detail(evaluation, reason, language)}
            for reason in evaluation.reasons
        ],
        "step": None if evaluation.step is None else evaluation.step.value,
        "score": evaluation.score,
        "parts": None if evaluation.parts is None else asdict(evaluation.parts),
        "chance": None if evaluation.chance is None else asdict(evaluation.chance),
        "distance_km": evaluation.distance_km,
        "travel_minutes": evaluation.travel_minutes,
        "aspects": [
            {
                "aspect": each.aspect.value,
                "asks": each.asks,
                "comfortable_with": each.comfortable_with,
                "stretch": each.stretch,
            }
            for each in evaluation.aspects
        ],
        "session": {"starts_at": _iso(evaluation.session.starts_at)},
        "why": why(evaluation, language),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

"""`matcher score` reads the API's own forms, so it stands beside them; this is its name on the command line."""

from matcher.api.score_command import score

__all__ = ["score"]

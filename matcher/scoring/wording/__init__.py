"""The words of each language in which reasons are said to the people who accompany somebody."""

from matcher.domain.values import Language
from matcher.scoring.wording.english import ENGLISH
from matcher.scoring.wording.japanese import JAPANESE
from matcher.scoring.wording.phrases import Phrases

WORDING: dict[str, Phrases] = {Language.en: ENGLISH, Language.ja: JAPANESE}

__all__ = ["WORDING", "Phrases"]

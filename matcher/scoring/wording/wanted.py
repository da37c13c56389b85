"""What is missing here, as one would say it to an organisation: about the thing, and how many it would open a next step for."""

from __future__ import annotations

from typing import Final

from matcher.domain.values import Interaction, Language
from matcher.scoring.wanted import Wanted, When
from matcher.scoring.wording import WORDING

_WHEN: Final = {
    Language.en: {
        When.weekday_morning: "on a weekday morning", When.weekday_afternoon: "on a weekday afternoon",
        When.weekday_evening: "early on a weekday evening", When.weekend_afternoon: "on a weekend afternoon",
    },
    Language.ja: {
        When.weekday_morning: "平日の午前", When.weekday_afternoon: "平日の午後", When.weekday_evening: "平日の夕方",
        When.weekend_afternoon: "週末の午後",
    },
}  # fmt: skip
_LENGTH: Final = {
    Language.en: {30: "half an hour", 60: "an hour"},
    Language.ja: {30: "30分ほど", 60: "1時間ほど"},
}
_DOING: Final = {
    Language.en: {
        Interaction.side_by_side: "each busy side by side", Interaction.conversation: "with room to talk",
    },
    Language.ja: {
        Interaction.side_by_side: "となり合って過ごせる", Interaction.conversation: "おしゃべりもできる",
    },
}  # fmt: skip
_SENTENCE: Final = {
    Language.en: "{kind} {where}, {length} {when}: quiet, {people_at_most} people at most, {doing}{needs}."
    " It would open a next step for {people} people, all within {minutes} minutes.",
    Language.ja: "{where}、{when}に{length}、{people_at_most}人までの静かで{doing}「{kind}」{needs}があれば、"
    "{people}人に次の一歩が見つかりそうです。どなたも{minutes}分以内で行けます。",
}
_WHERE: Final = {
    Language.en: {True: "near {near}", False: "around {latitude:.2f}, {longitude:.2f}"},
    Language.ja: {True: "{near}の近くで", False: "北緯{latitude:.2f}・東経{longitude:.2f}のあたりで"},
}
_NEEDS: Final = {Language.en: ", with {needs}", Language.ja: "（{needs}があるもの）"}


def wanted_sentence(
    wanted: Wanted,
    *,
    people: int,
    minutes: int,
    near: str | None,
    needs: tuple[str, ...],
    language: Language | str,
) -> str:
    """One posting that could be made, in a sentence; `needs` are what it should provide besides."""
    chosen, phrases = Language(language), WORDING[language]
    where = _WHERE[chosen][near is not None].format(
        near=near, latitude=wanted.point.latitude, longitude=wanted.point.longitude
    )
    kind = phrases.words[wanted.kind]
    listed = phrases.joined([phrases.words.get(one, one) for one in needs])
    return _SENTENCE[chosen].format(
        kind=kind[:1].upper() + kind[1:], where=where, length=_LENGTH[chosen][wanted.minutes], minutes=minutes,
        when=_WHEN[chosen][wanted.when], people_at_most=wanted.people_at_most, doing=_DOING[chosen][wanted.interaction],
        people=people, needs=_NEEDS[chosen].format(needs=listed) if needs else "",
    )  # fmt: skip

"""The sentences in which reasons are said: complete, plain, and free of the words that CARE rules out."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from matcher.domain.opportunity import AgeRange, GroupSize, Host, OpportunityState
from matcher.domain.person import PersonState, Travel
from matcher.domain.values import (
    Aspect,
    Availability,
    DayWindow,
    GeoPoint,
    Interaction,
    Kind,
    Language,
    Requirement,
    Rungs,
    StayStep,
    Stimulation,
    TravelMode,
)
from matcher.scoring.eligibility import ReasonCode
from matcher.scoring.ranking import gaps
from matcher.scoring.sentences import gap_sentence, reason_detail, why
from matcher.scoring.wording import WORDING, Phrases
from tests.scoring.builders import (
    AT,
    CALM,
    a_stay,
    happened,
    judged,
    session,
    someone,
    something,
    something_online,
)

FORBIDDEN = re.compile(
    r"patient|\bcases?\b|hikikomori|treatment|rehabilitation|failure|fail|no-show|progress|level"
    r"|引きこもり|ひきこもり|患者|治療|リハビリ|失敗|レベル|進歩|無断",
    re.IGNORECASE,
)
LANGUAGES = list(Language)


def all_texts(phrases: Phrases) -> list[str]:
    tables = (phrases.reasons, phrases.why, phrases.gaps, phrases.words, phrases.one, phrases.many)
    return [text for table in tables for text in table.values()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_words_no_sentence_uses_a_word_ruled_out(language: Language) -> None:
    assert not [text for text in all_texts(WORDING[language]) if FORBIDDEN.search(text)]


def test_both_languages_say_the_same_things() -> None:
    english, japanese = WORDING[Language.en], WORDING[Language.ja]
    for table in ("reasons", "why", "gaps", "words", "one", "many"):
        assert getattr(english, table).keys() == getattr(japanese, table).keys()


@pytest.mark.parametrize("table", ["reasons", "why"])
def test_every_sentence_ends_and_has_the_same_gaps_in_both_languages(table: str) -> None:
    def blanks(text: str) -> set[str]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field} - {"name"}

    english, japanese = getattr(WORDING[Language.en], table), getattr(WORDING[Language.ja], table)
    for key in english:
        assert blanks(english[key]) == blanks(japanese[key]), key
        assert english[key].endswith(".")
        assert japanese[key].endswith("。")


def test_every_listed_value_has_a_word() -> None:
    for phrases in WORDING.values():
        for value in [*Kind, *Aspect, *Requirement, *TravelMode, *Language]:
            assert value.value in phrases.words
        for value in [*Interaction, *Stimulation]:
            assert value.value in phrases.why


def evaluations_with_every_reason():
    everything_wrong = someone(
        kinds=(Kind.hobby,),
        language="fr",
        consents=(),
        excluded_organisation_ids=("organisation",),
        travel=Travel(TravelMode.transit, 1, 20),
        max_group_size=2,
        red_lines=frozenset({Requirement.camera, Requirement.payment}),
        needs=("staffed", "quiet_room"),
        availability=(Availability(6, DayWindow(0, 60)),),
    )
    wrong = something(
        requires=(Requirement.camera, Requirement.payment),
        staffed=False,
        sessions=(session(seats_left=0),),
        organisation_vetted=False,
        state=OpportunityState.draft,
    )
    for state, born in product(PersonState, (1930, 2015)):
        person = replace(everything_wrong, state=state, birth_year=born)
        yield judged(person, wrong, happened("too_much"), live_invitation=True)
        yield judged(person, a_stay(StayStep.visit), live_invitation=True)
    agreed = someone(kinds=(Kind.communal_living,), consents=(someone().consents[0],))
    ok = happened("ok", place_id="place")
    yield judged(agreed, a_stay(StayStep.stay), requested=True)
    yield judged(agreed, a_stay(StayStep.stay), ok, requested=True)
    yield judged(None, something(age=AgeRange(60)))
    yield judged(None, something(sessions=(session(AT - timedelta(days=1)),)))
    for answer in ("answered_too_much", "answered_not_for_me"):
        yield judged(None, None, happened(answer, opportunity_id="opportunity"))
    yield judged(someone(comfort=Rungs(0, 1, 2, 1, 1, 0)))  # one stretch, too early
    yield judged(someone(comfort=Rungs(0, 0, 4, 4, 4, 0)))  # far
    yield judged(someone(comfort=CALM))  # several at once
    yield judged(someone(comfort=Rungs(0, 2, 2, 4, 4, 0)))  # two at the edge
    yield judged(someone(comfort=Rungs(0, 2, 4, 4, 4, 0)), None, happened("too_much"), happened("talked"))
    yield judged(None, None, *[happened("answered_too_much")] * 4)  # unsure without any one aspect


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_variant_can_happen_and_is_said(language: Language) -> None:
    said: dict[str, str] = {}
    for evaluation in evaluations_with_every_reason():
        for reason in evaluation.reasons:
            detail = reason_detail(evaluation, reason, language)
            assert detail
            assert not re.search(r"[{}]|\bnull\b|_", detail), detail
            assert not FORBIDDEN.search(detail), detail
            said[f"{reason.code}.{reason.facts.get('variant', '')}".rstrip(".")] = detail
    said["too_far.far_away"] = ""  # by how far it is; see below
    spoken = {key.removesuffix(".anywhere") for key in WORDING[language].reasons}
    assert said.keys() == spoken
    assert {key.split(".")[0] for key in said} == {code.value for code in ReasonCode}


def test_a_step_that_is_too_big_in_no_single_way_is_said_so() -> None:
    unsure = judged(None, None, *[happened("answered_too_much")] * 4)
    assert unsure.reasons[0].facts == {"variant": "unsure", "aspects": ()}
    assert reason_detail(unsure, unsure.reasons[0], "en") == "As things stand it could be too much for Haru."


def test_too_far_says_how_much_too_far_and_how_one_would_go() -> None:
    person = someone(travel=Travel(TravelMode.walk, 5, 20))
    evaluation = judged(person)
    (reason,) = evaluation.reasons
    assert (
        reason_detail(evaluation, reason, "en")
        == "About 11 minutes on foot, which is 6 minutes beyond what Haru can travel."
    )
    assert reason_detail(evaluation, reason, "ja") == "歩いて約11分で、Haruさんが行ける範囲を6分こえます。"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_far_away_is_said_to_be_without_its_minutes(language: Language) -> None:
    evaluation = judged(someone(start_point=GeoPoint(43.06, 141.35)))
    (reason,) = evaluation.reasons
    said = reason_detail(evaluation, reason, language)
    assert said in {"It is far away from where Haru sets out.", "Haruさんの出発点から遠くはなれています。"}


def test_the_mode_said_is_the_one_that_is_quicker() -> None:
    short_way = judged(someone(travel=Travel(TravelMode.transit, 30, 20)))
    assert "About 11 minutes on foot; up to 30 minutes is fine for Haru." in why(short_way, "en")


def test_why_in_english() -> None:
    evaluation = judged(someone(topics=("gardening",), introduced_to=("organisation",)))
    assert why(evaluation, "en") == [
        "Everything stays within what Haru called comfortable.",
        "Haru has been introduced to the organisation.",
        "About 6 minutes by bicycle; up to 30 minutes is fine for Haru.",
        "Usually 3 people, at most 4 people.",
        "People are busy side by side.",
        "It is quiet.",
        "Aoki meets Haru at the door.",
        "Just watching is fine at first.",
        "Leaving is fine at any time.",
        "Haru likes gardening.",
        "We expect it to be all right about 91 times in 100; counted carefully, 84.",
    ]


def test_why_says_only_what_holds() -> None:
    bare = something_online(
        watch_first=False,
        leave_any_time=False,
        host=Host("Aoki", "gardener", False),
        group_size=GroupSize(2, None),
    )
    told = " ".join(why(judged(someone(), bare), "en"))
    assert "It is online; nobody has to go anywhere." in told
    for untrue in ("door", "watching", "Leaving", "Usually", "likes", "been here", "introduced", "bring"):
        assert untrue not in told


def test_one_small_stretch_names_what_is_new() -> None:
    person = someone(comfort=Rungs(3, 1, 4, 4, 4, 3))
    ok = happened("ok", place_id="place")
    evaluation = judged(person, None, *[ok] * 10)
    assert evaluation.step == "one_small_stretch"
    told = why(evaluation, "en")
    assert told[0].startswith("One small stretch: how much one has to do with others.")
    assert told[1] == "Haru has been here before, and it was all right."


def test_gap_sentences_say_how_many_and_how_near() -> None:
    person = someone(travel=Travel(TravelMode.walk, 5, 20))
    options = [judged(person, something(id=str(n))) for n in range(4)]
    (gap,) = gaps(options)
    assert gap_sentence(gap, "en") == (
        "4 opportunities would fit but for one thing. “Quiet gardening”: "
        "About 11 minutes on foot, which is 6 minutes beyond what Haru can travel."
    )
    assert gap_sentence(gap, "ja") == (
        "あと一つの点を除けば、4件が合っています。「Quiet gardening」：歩いて約11分で、Haruさんが行ける範囲を6分こえます。"
    )


def test_a_gap_about_the_person_names_no_opportunity() -> None:
    (gap,) = gaps([judged(someone(state=PersonState.paused))])
    assert gap_sentence(gap, "en") == "Haru is taking a pause."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reason_about_the_person_is_never_put_beside_a_title_whatever_else_does_not_fit(
    language: Language,
) -> None:
    person = someone(travel=Travel(TravelMode.walk, 5, 20))
    options = [judged(person, something(id=str(n)), happened("too_much")) for n in range(3)]
    said = {gap.reason: gap_sentence(gap, language) for gap in gaps(options)}
    assert not next(gap for gap in gaps(options) if gap.reason is ReasonCode.talk_first).alone
    assert "Quiet gardening" not in said[ReasonCode.talk_first]
    assert "Quiet gardening" in said[ReasonCode.too_far]


def test_titles_and_names_are_never_read_as_templates() -> None:
    person = someone(alias="{name}", state=PersonState.paused, travel=Travel(TravelMode.walk, 5, 20))
    evaluation = judged(person, something(title="{detail}", host=Host("{alias}", "x", True), topics=("{0}",)))
    assert "{alias} meets {name} at the door." in why(evaluation, "en")
    said = {gap.reason: gap_sentence(gap, "en") for gap in gaps([evaluation])}
    assert said.keys() == {ReasonCode.person_not_open, ReasonCode.too_far}
    assert "“{detail}”" in said[ReasonCode.too_far]
    assert said[ReasonCode.person_not_open] == "{name} is taking a pause."


def test_a_language_not_written_yet_is_answered_in_english() -> None:
    assert why(judged(someone(language="fr")), "fr") == why(judged(someone(language="fr")), "en")


def test_japanese_names_carry_san_once() -> None:
    for host, said in (("青木", "青木さん"), ("佐々木先生", "佐々木先生")):
        told = why(judged(someone(alias="ハルさん"), something(host=Host(host, "gardener", True))), "ja")
        assert f"{said}が入口でハルさんを迎えます。" in told

"""The guards of whose turn it is: nobody pays more for an organisation than was agreed, and no menu is of one alone."""

from __future__ import annotations

from guard import Guard

_NIGHT = "matcher/scoring/allocation/night.py"
_DECISION = "matcher/scoring/allocation/allocating.py"
_TURNS = "tests/scoring/allocation/test_turns.py"
_COST = f"{_TURNS}::test_care_02_nobody_is_led_anywhere_at_their_cost"

OF_WHOSE_TURN_IT_IS = (
    Guard("the organisations' turn is only for whom enough is known of", _NIGHT,
          "        & (night.doubt <= WEIGHTS.organisation_doubt_most + TOLERANCE)\n", "",
          "tests/scoring/allocation/test_night.py::test_nobody_is_sent_elsewhere_at_their_cost"),
    Guard("one of ten at most is led to another organisation", _DECISION,
          "        if not most:\n            break\n", "",
          f"{_TURNS}::test_whatever_the_night_a_tenth_at_most_pay_and_nobody_too_much"),
    Guard("nobody is led to much less of a chance", _DECISION,
          "        & (night.chance >= best_chance[pairs.person] - WEIGHTS.organisation_chance_margin - TOLERANCE)\n", "", _COST),
    Guard("nobody is led to what they like much less", _DECISION,
          "        & (interest_lost <= WEIGHTS.turn_interest_lost_most + TOLERANCE)\n", "", _COST),
    Guard("nobody of whom too little is known is led elsewhere", _DECISION,
          "        & (night.doubt <= WEIGHTS.turn_doubt_most + TOLERANCE)\n", "", _COST),
    Guard("nobody is led to what suits them much less", _DECISION,
          "        & (pairs.worth >= WEIGHTS.turn_keeps * best_score[pairs.person] - TOLERANCE)\n", "", _COST),
    Guard("nobody is led where no seat is", _DECISION,
          "led[person] == NOBODY and left[session] > 0 and", "led[person] == NOBODY and", _COST),
    Guard("nobody is led to a seat that is worth more to somebody to come", _DECISION,
          "        & (net > 0)\n", "",
          f"{_TURNS}::test_nobody_is_led_to_a_seat_that_is_worth_more_to_somebody_to_come"),
    Guard("nobody is led away from where they are waited for", _DECISION,
          "        if comes and offers[away] > night.wanted[away]:\n", "        if comes:\n",
          f"{_TURNS}::test_nobody_is_led_where_nobody_is_waited_for_or_away_from_where_they_are"),
    Guard("who is on their way to an organisation counts", "matcher/services/finding/allocating.py",
          "        wanted=people_wanted(visits, on_their_way, gone),\n",
          "        wanted=people_wanted(visits, 0 * on_their_way, gone),\n",
          "tests/services/finding/test_allocating.py::"
          "test_of_ten_one_is_led_to_an_organisation_that_nobody_visits"),
    Guard("a second organisation is kept for the menu", "matcher/services/finding/matching.py",
          "pick(left, lambda one: one.opportunity.organisation_id, KEPT_FOR_A_PERSON)", "left[:KEPT_FOR_A_PERSON]",
          "tests/services/finding/test_other_organisations.py::test_whoever_is_new_sees_both"),
    Guard("a list from memory holds a second organisation", "matcher/scoring/columns/everybody.py",
          "            other.scores[0] = math.inf  # the best, whoever offers them\n",
          "            pass\n        other.scores[0] = math.inf\n",
          "tests/services/finding/test_other_organisations.py::test_the_night_leaves_such_a_menu_alone"),
)  # fmt: skip

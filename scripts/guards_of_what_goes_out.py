"""The guards of what goes out and what is kept in: letters after a stop, the log, and what two do at the same moment."""

from __future__ import annotations

from guard import Guard

_ANSWERS = "tests/services/answers"
_LETTERS = "tests/services/asking/test_letters.py"
_CONSENTS = "tests/services/people/test_consents.py"
_BESIDES = "tests/pages/test_invitation_besides.py"
_SAME_MOMENT = "tests/services/test_at_the_same_moment.py"

OF_WHAT_GOES_OUT = (
    Guard("CARE 12: in a crisis a human tells, no letter", "matcher/services/asking/letters.py",
          " or person.state in _A_HUMAN_TELLS", "",
          f"{_LETTERS}::test_care_12_in_a_crisis_a_human_tells_that_a_visit_is_off"),
    Guard("CARE 2: the end of what was not answered waits for their hours", "matcher/services/asking/letters.py",
          '        raise NotYet(moment, "Outside the hours of this person.")', "        pass",
          f"{_LETTERS}::test_care_02_the_end_of_what_was_not_answered_waits_for_their_hours"),
    Guard("CARE 21: nor is it written after a stop", "matcher/services/asking/letters.py",
          "    if person.state != PersonState.open or not person.agreed_to(Purpose.matching, now):", "    if False:",
          f"{_LETTERS}::test_care_02_21_the_end_of_what_was_not_answered_is_not_written_after_a_stop"),
    Guard("CARE 21: taken back once, it is taken back in all words", "matcher/services/people/people.py",
          "[one for one in row.consents if one.purpose == made.purpose]", "[made]",
          f"{_CONSENTS}::test_care_21_taken_back_once_it_is_taken_back_in_all_words"),
    Guard("CARE 21: a yes sent again gives nothing anew", "matcher/services/people/people.py",
          "        if consent_of(known).identity == given.identity:", "        if False:",
          f"{_CONSENTS}::test_the_same_yes_twice_is_one_on_record_and_gives_nothing_anew"),
    Guard("CARE 23: no link of somebody erased opens", "matcher/services/answers/answering.py",
          "InvitationRow.person_id.not_in(going)", "InvitationRow.id.is_not(None)",
          f"{_BESIDES}::test_care_23_no_link_of_somebody_who_is_erased_opens_or_takes_anything"),
    Guard("many questions are one letter", "matcher/services/my_pace/own_words.py",
          "    if not waiting:\n", "    if True:\n",
          f"{_BESIDES}::test_many_questions_at_once_are_one_letter_and_none_is_lost"),
    Guard("who tries both buttons is written about once", "matcher/services/answers/besides.py",
          "    if letter is None:\n        at_once", "    if True:\n        at_once",
          f"{_BESIDES}::test_whoever_tries_both_buttons_is_written_about_once_as_it_is_in_the_end"),
    Guard("CARE 2: one letter before it, however often it is asked for", "matcher/services/answers/besides.py",
          "may_remind(person, row, now) and _waiting(session, row, REMINDER) is None", "may_remind(person, row, now)",
          f"{_ANSWERS}/test_besides.py::test_care_02_one_letter_goes_out_about_a_day_before_inside_their_hours"),
    Guard("CARE 4: none is asked for on a pause", "matcher/services/answers/besides.py",
          "    return person.state == PersonState.open and now < moment", "    return now < moment",
          f"{_ANSWERS}/test_besides.py::test_it_is_not_offered_where_it_would_come_too_late_or_on_a_pause"),
    Guard("CARE 4, 21: what they said since stops it", "matcher/services/asking/letters.py",
          "mail.reminder, frozenset({_S.accepted}), at_once=False", "mail.reminder, frozenset({_S.accepted})",
          f"{_ANSWERS}/test_besides.py::test_care_02_04_12_21_what_they_said_since_stops_it"),
    Guard("a reminder waits with what is moved", "matcher/services/asking/letters.py",
          '        raise NotYet(moment, "It begins later than when the reminder was asked for.")', "        pass",
          f"{_ANSWERS}/test_besides.py::test_where_it_was_moved_to_a_later_day_the_letter_waits_with_it"),
    Guard("CARE 22, 25: the log holds no path and no words of an error", "matcher/api/tracing.py",
          '        log.error("request.failed", error=kind_and_place(exc_info[1]))',
          "        super().log_exception(exc_info)",
          "tests/pages/sign_in/test_whole_application.py::"
          "test_care_22_25_of_an_unforeseen_error_the_log_says_its_kind_and_place_alone"),
    Guard("CARE 22: letters are shown only where nobody else can come", "matcher/settings.py",
          "        return self.mail_folder if is_this_machine(host) else None", "        return self.mail_folder",
          "tests/test_settings.py::test_care_22_letters_are_shown_to_whoever_comes_only_where_nobody_else_can"),
    Guard("CARE 22: what is no id is not looked for", "matcher/pages/addresses.py",
          '        if name.endswith("_id") and not is_id(value):', "        if False:",
          "tests/pages/test_errors.py::test_what_no_database_can_hold_is_the_readers_to_mend"),
    Guard("CARE 15: suspended once more, one yes does not count", "matcher/services/listings/vetting.py",
          " and not approvals(session, row):", ":",
          "tests/services/listings/test_vetting.py::"
          "test_care_15_suspended_once_more_what_one_has_agreed_to_meanwhile_does_not_count"),
    Guard("CARE 15: the night ends no suspension", "matcher/services/listings/vetting.py",
          "    return query.with_for_update(key_share=True).execution", "    return query.execution",
          f"{_SAME_MOMENT}::test_care_15_the_night_leaves_one_that_is_being_suspended_suspended"),
    Guard("nobody is left with whoever leaves", "matcher/services/access/staff.py",
          ".with_for_update(read=one != caseworker_id)", "",
          f"{_SAME_MOMENT}::test_nobody_is_left_with_a_caseworker_who_leaves_at_the_same_moment"),
    Guard("nobody is taken on by whoever leaves", "matcher/services/people/people.py",
          "    if staff.hold(session, str(caller.id), str(caller.team_id)) is None:", "    if False:",
          f"{_SAME_MOMENT}::test_nobody_is_taken_on_by_whoever_leaves_at_the_same_moment"),
    Guard("the same form twice at one moment is one listing", "matcher/services/listings/posting.py",
          "    if not was_added(session, row):", "    session.add(row)\n    session.flush()\n    if False:",
          f"{_SAME_MOMENT}::test_the_same_form_sent_twice_at_one_moment_is_one_listing"),
    Guard("after a restore everybody signs in anew", "matcher/services/upkeep/restoring.py",
          "session.execute(delete(SignInRow))", "session.execute(delete(SignInRow).where(SignInRow.id.is_(None)))",
          "tests/services/upkeep/test_restoring.py::test_everybody_signs_in_anew"),
    Guard("old proposals are forgotten, asked for or decided ones are kept", "matcher/services/upkeep/sweeping.py",
          "            ~MatchRow.requested,\n", "",
          "tests/services/upkeep/test_sweeping.py::"
          "test_what_was_proposed_long_ago_and_nobody_decided_about_is_forgotten"),
    Guard("CARE 18: what leads to somebody they must not meet leaves the menu", "matcher/services/asking/inviting.py",
          "        kept_apart(session, row.person_id)\n", "        ()\n",
          "tests/services/people/test_two_apart.py::"
          "test_care_18_what_leads_to_somebody_they_must_not_meet_leaves_the_menu_until_the_other_is_out"),
)  # fmt: skip

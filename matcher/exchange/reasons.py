"""Why a value of an imported row was left out, changed or refused: one closed list, so that rows can be counted by it."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """One plain sentence each."""

    # The row makes no listing.
    no_name = "A listing needs a name."
    no_listing = "This is nothing to take part in, but something that listings refer to."
    deleted = "It is no longer offered, as the file says."
    same_as_earlier = "The same listing stands on an earlier line."
    too_many_values = (
        "The row has more values than there are columns; a comma inside a value needs quotation marks."
    )
    quotation_marks = "The quotation marks do not match, so the values cannot be told apart."
    undecodable = "The value holds bytes that are not text."
    unfit = "The value holds characters that have no place in it."

    # The row ends early, or words were shortened.
    ends_early = "The row ends before this column; the rest counts as not stated."
    shortened = "Shortened to what fits."

    # When.
    no_day = "No day is stated."
    unclear_day = "This is not a day that can be read for certain."
    no_time = "No time is stated."
    unclear_time = "This is not a time that can be read for certain."
    last_day_first = "The last day lies before the first."
    end_first = "The end does not come after the start."
    whole_day = "A whole day does not say when one may come."
    several_days = "The listing spans several days and does not say when on each of them."
    schedule_in_words = "The opening hours do not settle when a newcomer may come; please give a day."
    past = "This lies in the past."
    far_ahead = "This lies more than five years ahead; check the year."
    remark_on_times = "The remark may change the day or the times."
    contradicting_remark = "The remark states another day or time than the column."
    called_off = "The words say that it may be called off or postponed."

    # Where.
    no_place = "No place is stated more closely than the town."
    perhaps_online = "The words speak of taking part online; please say whether there is a place."
    half_a_point = "One of the two coordinates is not stated."
    unclear_point = "These are not degrees that can be read for certain."
    zero_point = "0, 0 stands for coordinates that nobody entered."
    point_outside = "The coordinates lie outside Japan."
    swapped_point = "Latitude and longitude were swapped; they were put right."

    # How many.
    unclear_capacity = "This is not a plain number of people."
    zero_capacity = "0 leaves no seat."
    huge_capacity = "More seats than a listing can have."
    remark_on_capacity = "The remark may change whom or what the number counts."

    # Stated, but in words from which no fact follows for certain.
    kind_in_words = "The file's own category does not settle the kind; please choose one."
    age_in_words = "The words do not settle the ages; please state them."
    price_in_words = "There may be something to pay; please say so in what is required."
    sign_up_in_words = "Signing up may ask for something; please state what is required."
    way_in_words = "The way there is not yet how one gets in; please say who waits where."
    languages_in_words = "The words do not settle the languages; please state them."
    remark = "A remark that no column holds; please read it before publishing."

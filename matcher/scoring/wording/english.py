"""What is said in English: plain and warm, about the thing and never about what somebody lacks."""

from __future__ import annotations

from matcher.scoring.wording.phrases import Phrases


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


_REASONS = {
    "consent_missing.matching": "{name} has not agreed to being matched, or has taken it back.",
    "consent_missing.communal_living": "Living together needs a written consent of its own from {name}, and there is none.",
    "person_not_open.paused": "{name} is taking a pause.",
    "person_not_open.frozen": "Everything rests for {name} for now.",
    "person_not_open.closed": "{name} is no longer looking for anything.",
    "organisation_not_vetted": "The organisation is not approved at the moment.",
    "not_published": "The listing is not published, or something it must say is still missing.",
    "kind_not_wanted": "{name} is not looking for {kind}.",
    "age_outside.minor": "Only adults are invited.",
    "age_outside.limits": "It is meant for another age; {name} turns {age} this year.",
    "no_shared_language": "It is held in {languages}; {name} would need {language}.",
    "excluded": "{name} is kept apart from somebody there.",
    "too_far.far_away": "It is far away from where {name} sets out.",
    "too_far": "About {travel_minutes} {mode}, which is {excess} beyond what {name} can travel.",
    "group_too_large": "There may be {group_max}; {name} would like {most} at most.",
    "red_line": "It asks for {requires}, which {name} has ruled out.",
    "need_unmet": "{name} needs {needs}; the listing does not promise that.",
    "unstaffed": "Nobody from the staff is there.",
    "no_shared_time.other_times": "None of its times lies in the hours {name} has free.",
    "no_shared_time.over": "All of its dates are over.",
    "full": "All seats are taken for now.",
    "recently_declined.answered_too_much": "{name} said not long ago that this one would be too much.",
    "recently_declined.answered_not_for_me": "{name} said not long ago that this one is not for them.",
    "live_invitation": "{name} has an invitation already; one at a time is enough.",
    "talk_first": "A visit was too much for {name}, so a talk with them comes first.",
    "visit_first.request": "Living together is looked at only when you ask for it yourself.",
    "visit_first.visit": "First a visit there that was all right, then a night.",
    "visit_first.trial_night": "First a trial night there that was all right, then a stay.",
    "step_too_big.beyond_lived": "After the visit that was too much it asks more than has been all right so far: {aspects}.",
    "step_too_big.several": "It would be new in several ways at once: {aspects}.",
    "step_too_big.far": "It asks clearly more than {name} called comfortable: {aspects}.",
    "step_too_big.early": "It asks a little more than {name} called comfortable ({aspects}). "
    "That can wait until two visits in a row have been all right.",
    "step_too_big.unsure": "It could be too much: at the edge of what {name} called comfortable are {aspects}.",
    "step_too_big.unsure.anywhere": "As things stand it could be too much for {name}.",
}

_WHY = {
    "online": "It is online; nobody has to go anywhere.",
    "travel": "About {travel_minutes} {mode}; up to {max_minutes} is fine for {name}.",
    "group": "Usually {typical}, at most {group_max}.",
    "group_same": "Usually and at most {group_max}.",
    "greeted": "{host} meets {name} at the door.",
    "watch_first": "Just watching is fine at first.",
    "leave_any_time": "Leaving is fine at any time.",
    "companion": "{name} can bring somebody along.",
    "topics": "{name} likes {topics}.",
    "known_here": "{name} has been here before, and it was all right.",
    "known_organisation": "{name} has been with this organisation before, and it was all right.",
    "introduced": "{name} has been introduced to the organisation.",
    "within_comfort": "Everything stays within what {name} called comfortable.",
    "one_small_stretch": "One small stretch: {aspects}. Everything else stays within what {name} called comfortable.",
    "chance": "We expect it to be all right about {likely} times in 100; counted carefully, {low}.",
    "text_only": "It is in writing only.",
    "listening_online": "Listening is enough.",
    "side_by_side": "People are busy side by side.",
    "conversation": "People talk with each other.",
    "speaking_to_group": "One speaks in front of the others.",
    "quiet": "It is quiet.",
    "calm": "It is calm.",
    "moderate": "There is some coming and going.",
    "busy": "It is lively.",
    "loud": "It can be loud.",
}

_GAPS = {
    "alone": "{count} would fit but for one thing. {title}: {detail}",
    "among_others": "{count} would need more than one thing to change, this among them. {title}: {detail}",
    "person": "{detail}",
}

_WORDS = {
    "group": "the number of people",
    "interaction": "how much one has to do with others",
    "unfamiliarity": "how new it is",
    "travel": "the way there",
    "commitment": "the time one commits",
    "stimulation": "noise and bustle",
    "volunteering": "volunteering",
    "communal_space": "a place to be with others",
    "communal_living": "living together",
    "online_group": "an online group",
    "physical_activity": "something physical",
    "hobby": "a hobby",
    "study": "studying",
    "phone_call": "a phone call",
    "camera": "a camera switched on",
    "microphone": "a microphone switched on",
    "real_name": "the real name",
    "registration_form": "a registration form",
    "dress_code": "certain clothes",
    "payment": "a payment",
    "staffed": "staff who are there",
    "leave_any_time": "leaving at any time",
    "watch_first": "just watching at first",
    "companion_welcome": "bringing somebody along",
    "host_greets": "somebody who waits at the door",
    "quiet_room": "a quiet room to rest in",
    "step_free": "a way in without steps",
    "toilet": "a toilet",
    "walk": "on foot",
    "bicycle": "by bicycle",
    "transit": "by bus or train",
    "car": "by car",
    "ja": "Japanese",
    "en": "English",
}

ENGLISH = Phrases(
    reasons=_REASONS,
    why=_WHY,
    gaps=_GAPS,
    words=_WORDS,
    one={"minute": "1 minute", "person": "1 person", "opportunity": "One opportunity"},
    many={"minute": "{n} minutes", "person": "{n} people", "opportunity": "{n} opportunities"},
    title="“{title}”",
    name=lambda alias: alias,
    joined=_joined,
)

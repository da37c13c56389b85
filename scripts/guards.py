"""Every guard that `scripts/mutations.py` removes once."""

from __future__ import annotations

from guards_against_faults import AGAINST_FAULTS
from guards_of_what_goes_out import OF_WHAT_GOES_OUT
from guards_of_what_is_theirs import OF_WHAT_IS_THEIRS
from guards_of_whose_turn_it_is import OF_WHOSE_TURN_IT_IS

GUARDS = (*AGAINST_FAULTS, *OF_WHAT_IS_THEIRS, *OF_WHAT_GOES_OUT, *OF_WHOSE_TURN_IT_IS)

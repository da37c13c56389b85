"""Who is offered which seat, close to what perfect hindsight would do: pure numbers, randomness is handed in.

How a service uses it, once a night (and with the few people concerned when a seat frees up):

1. Number tonight's people and sessions from 0 and write their proposals as columns: a `Night`. Proposals have passed every
   gate; `may_ask` says who may be written to now (`contact_policy.refusal`, nothing live); `held` are the seats of live
   invitations. Nothing here lets anybody through a gate.
2. Ask what a seat is worth to others. With 200 past cases or more (`Cases.enough`): `shadow_prices` of tonight's pairs
   (worth `night.order_worth()`) and of futures drawn from the last 26 weeks. With fewer: keep prices by session, begun
   with `first_prices`, and let `descended` move them by what each night used.
3. `allocate(night, prices)` gives a pair a person, or -1: at most one a person, no seat twice, exact.
4. Take the seats in the database (`standing.approve_if_possible`), which judges each again and has the last word.


>>> import numpy as np
>>> pairs = Pairs.of(person=[0, 0, 1], session=[0, 1, 0], worth=[0.6, 0.5, 0.4])
>>> night = Night(pairs=pairs, chance=np.full(3, 0.9), doubt=np.full(3, 0.5),
...     interest=np.full(3, 0.5), organisation=np.array([0, 1, 0]), visits=np.array([0, 0]), wanted=np.array([0, 0]),
...     may_ask=np.array([True, True]), weeks_waiting=np.zeros(2), capacity=np.array([1, 1]), held=np.array([0, 0]))
>>> allocate(night, prices=np.zeros(2)).tolist()
[1, 2]
"""

from matcher.scoring.allocation.allocating import allocate
from matcher.scoring.allocation.night import Night, organisation_term, people_wanted, waiting_bonus
from matcher.scoring.allocation.pairs import Ints, Pairs, Shared, share_out
from matcher.scoring.allocation.prices import Cases, descended, first_prices, shadow_prices

__all__ = [
    "Cases",
    "Ints",
    "Night",
    "Pairs",
    "Shared",
    "allocate",
    "descended",
    "first_prices",
    "organisation_term",
    "people_wanted",
    "shadow_prices",
    "share_out",
    "waiting_bonus",
]

"""A party of your own, in plain Python: a Russia that harasses and shells, and stops once it is found out.

Run it from the project's folder:

    ceasefire run --days 60 --set rules.russia=examples/cautious_neighbour.py:CautiousNeighbour

A party is a class that derives from `agents.russia.Russia` (or, for `rules.ukraine`, from
`agents.ukraine.Ukraine`) and overrides what it decides differently; or one of your own from the ground up,
made with (model, side), that has every method of the contract. What it may answer, and what it is shown, is
the contract in `environment/parties.py`:

    at_opportunity(situation)   level of violation to order, 1 to 5, or 0 to comply
    at_review(situation)        STOP, PERSIST or ESCALATE
    gives_up(outlook)           whether to give the cease-fire up, asked every 30 days
    learns(tier, delivered, hours)   a tier was delivered in the time allowed, or was not

A `Situation` is everything that a leadership sees: hours since the cease-fire took effect, sector, level and
age of its own violation, value of the opportunity, the clock and tiers of the case against it, whether the
breach is confirmed, how much of the force is deployed, readiness. It also brings `u`, a uniform number of
its own: base every chance on it and on nothing else (no `random`, no clock), so that a run can be replayed and
two runs that differ elsewhere share this party's luck. What the base class offers can be used at will:
`prospects` gives the expected value of complying and of each level, `belief` what was learned of a tier.

Such a party runs in Mesa at once; nothing has to be compiled.
"""

from __future__ import annotations

from agents.russia import Russia
from environment.parties import PERSIST, STOP, Outlook, Situation

GRAVEST = 2  # level: sustained shelling, the gravest that is hard to attribute
MARGIN = 0.5  # utility: what a violation must be worth beyond compliance before it is ordered
PATIENCE = 40.0  # h: it stops at the first review after this age


class CautiousNeighbour(Russia):
    """Orders only what can be denied, if it is clearly worth it, and stops once a breach is confirmed.

    It shows how far a framework reaches a violator that stays below the graver levels and goes on for two
    days at most.
    """

    def at_opportunity(self, situation: Situation) -> int:
        """The best deniable level if it beats compliance by the margin, else 0."""
        if situation.confirmed:
            return 0
        worth = self.prospects(situation)
        best = max(range(1, GRAVEST + 1), key=lambda level: worth[level])
        return best if worth[best] - worth[0] > MARGIN else 0

    def at_review(self, situation: Situation) -> int:
        """Stop when found out, or when it has gone on long enough; never escalate."""
        return STOP if situation.confirmed or situation.age >= PATIENCE else PERSIST

    def gives_up(self, outlook: Outlook) -> bool:
        """Never: the cease-fire is worth more to it than open war."""
        return False

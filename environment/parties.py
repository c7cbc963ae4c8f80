"""The contract between the world and those who decide in it.

The environment knows parties by these protocols alone; `agents/` has the shipped ones, and a user can
write another in plain Python (see examples/). Parties receive the uniform number that their choice
rests on, so that a decision is a pure function of what is seen.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

STOP, PERSIST, ESCALATE = 0, 1, 2
"""Answers at a review."""


class Situation(NamedTuple):
    """What a leadership sees when it may begin, or must review, a violation."""

    hours: float  # since the cease-fire took effect
    sector: int
    level: int  # of its own violation here; 0 at an opportunity
    value: float  # m, value of the opportunity
    clock: float  # hours since the initial breach of the open case, or of this violation
    age: float  # hours since this violation began
    confirmed: bool  # whether its breach is confirmed
    tiers: tuple[int, ...]  # of the open case, by tier: 0 may come, 1 delivered, 2 will not come
    ramp: float  # share of the force that is deployed
    in_force: bool  # whether the framework has entered into force and not lapsed
    attention: float  # factor on the cost of being seen
    readiness: float
    u: float  # uniform in [0, 1) for this choice


class Reply(NamedTuple):
    """What Ukraine sees when a Russian violation goes on: the ledger's word, and its partners."""

    hours: float
    sector: int
    assessed_level: int
    severity: float
    own_level: int
    standing: float
    ramp: float
    in_force: bool
    u: float


class Outlook(NamedTuple):
    """What a leadership sees at a strategic review."""

    hours: float
    readiness: float
    unanswered: float  # violence by the other side since the last review, line-days
    ramp: float
    in_force: bool
    u: float


class Call(NamedTuple):
    """What a state sees when a tier calls it: the ledger, who has committed, US backing."""

    hours: float
    tier: int  # 0 for the first
    automatic: bool
    posterior: float  # that the violation is the party's, as the tier reads it
    severity: float  # assessed
    record: float  # confirmed breaches on the record, decayed
    share: float  # of called weight committed so far
    expected_share: float  # its expected value at r for this place in the order
    backing: float  # US backing, 0 to 1
    stance: int  # of the United States: 0 disengaged, 1 conditional, 2 committed
    u: float


class Leadership(Protocol):
    """A party that can violate: Russia, or Ukraine."""

    def at_opportunity(self, situation: Situation) -> int:
        """Level of violation to order, 0 to comply."""

    def at_review(self, situation: Situation) -> int:
        """``STOP``, ``PERSIST`` or ``ESCALATE``."""

    def gives_up(self, outlook: Outlook) -> bool:
        """Whether to abrogate the cease-fire."""

    def learns(self, tier: int, delivered: bool, hours: float) -> None:
        """A tier (0 for the first) was delivered in time, or its deadline was missed."""


class Defender(Leadership, Protocol):
    """Ukraine: it can also reply to a violation."""

    def watches(self, tier: int, delivered: bool, hours: float) -> None:
        """A tier against Russia (0 for the first) was delivered in time, or its time ran out."""

    def replies(self, reply: Reply) -> bool:
        """Whether to retaliate beyond ordinary return fire (else hold and report)."""


class Responder(Protocol):
    """A state that has promised to respond."""

    def honours(self, call: Call) -> bool:
        """Whether it honours its commitment."""

    def effort(self, hours: float) -> float:
        """Share of its weight that it sends, 0 to 1."""

    def tires(self, amount: float, hours: float) -> None:
        """It has delivered; its fatigue grows."""

    def mood_changes(self, z_common: float, z_own: float) -> None:
        """A week has passed: its will takes a step."""


class Parties(NamedTuple):
    """Everyone who decides, by side and by index in the table of states."""

    leaderships: tuple[Leadership, Defender]  # Russia, Ukraine
    responders: tuple[Responder, ...]

    @property
    def defender(self) -> Defender:
        """Ukraine."""
        return self.leaderships[1]

"""What is carried from truce to truce: what was seen of each tier, the US stance, and the trust that follows."""

from __future__ import annotations

from dataclasses import dataclass, field

from environment.log import STANCES
from environment.outcomes import Outcome
from environment.rules.draws import DAY
from environment.rules.slow import decayed
from environment.rules.talks import believed_delivery
from experiments.promises import promised
from experiments.scenario import Scenario

AGAINST_RUSSIA, AGAINST_UKRAINE = "carried.", "carried.against_ukraine."


@dataclass
class Memory:
    """Remembered deliveries and failures by tier, in observations, fading with the beliefs' half-life (R25).

    It starts empty; what is remembered of tier k is applied to tier k of whatever framework comes next.
    """

    counts: dict[str, float] = field(default_factory=dict)  # by key of the cease-fire
    stance: str = ""
    at: int = 0  # ms since the course began, to which the counts have faded
    half_life: float = 1.0  # days
    strength: float = 1.0  # of the prior, observations
    promised: tuple[float, ...] = ()  # of the tiers of partners in the last truce that had any
    tiers: tuple[int, ...] = ()  # their numbers
    code: int = -1  # of its package
    began: str = ""  # stance of the United States then, on which what was promised depends

    def fade(self, now: int) -> None:
        """Let what is remembered fade to an instant."""
        days = (now - self.at) / DAY
        self.at = now
        for key, count in self.counts.items():
            self.counts[key] = decayed(count, self.half_life, days)

    def settings(self) -> dict[str, float | str]:
        """What a cease-fire starts with."""
        stance = {"us.initial_stance": self.stance} if self.stance else {}
        return {key: count for key, count in self.counts.items() if count > 0.0} | stance

    def learn(self, scenario: Scenario, outcomes: dict[str, Outcome], code: int, ended: int) -> None:
        """Take in what a truce showed; tiers that it did not have fade.

        Parameters
        ----------
        scenario, outcomes
            The truce, which began with what was remembered then.
        code
            Of the package that set it up.
        ended
            ms since the course began.
        """
        self.half_life = float(scenario.values["beliefs.half_life_days"])
        self.strength = float(scenario.values["beliefs.strength"])
        self.fade(ended)
        tiers = scenario.world.tiers
        for tier in range(1, tiers.size + 1):
            for side, prefix in (("", AGAINST_RUSSIA), ("_ukraine", AGAINST_UKRAINE)):
                for what in ("kept", "failed"):
                    name = f"remembered_{what}_{tier}{side}"
                    if name in outcomes:  # a side that is not bound has none
                        self.counts[f"{prefix}{what}.tier_{tier}"] = float(outcomes[name])
        self.stance = STANCES[int(outcomes["stance_at_end"])]
        partners = tuple(k for k in range(tiers.size) if tiers.partners[k])
        if partners:
            odds = promised(scenario)[0]
            self.promised = tuple(float(odds.full[k]) for k in partners)
            self.tiers, self.code = tuple(k + 1 for k in partners), code
            self.began = str(scenario.values["us.initial_stance"])

    def believed(self) -> float:
        """Mean believed probability that a tier of partners is delivered (R45)."""
        total = 0.0
        for tier, odds in zip(self.tiers, self.promised, strict=True):
            kept, failed = (
                self.counts.get(f"{AGAINST_RUSSIA}{what}.tier_{tier}", 0.0) for what in ("kept", "failed")
            )
            total += believed_delivery(self.strength, odds, kept, failed)
        return total / len(self.tiers) if self.tiers else 0.0

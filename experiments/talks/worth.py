"""The worth of packages: simulated on the compiled engine, put together (`brought`), at any trust in the promises.

A package's cease-fire is simulated for its guarantee, deployment, monitoring and binding (its *core*) with every other
issue at its first option. Each other issue is then changed alone, at each guarantee without a force and binding Russia
only, and what that changes is added: changes add up, as utilities do. So a table of some 47,000 packages takes some 130
simulated cease-fires. What comes after the simulated years follows at constant rates until the guarantee's term ends,
from then on at those of monitors only: the war's return at the rate of the last simulated year, all else at the mean
of all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from agents.talks.guesses import Prior
from agents.talks.preferences import Draw, Preferences, drawn
from environment.parameters import Value
from environment.rules.draws import uniforms
from environment.talks.packages import PARTIES
from experiments.promises import promised
from experiments.scenario import Scenario
from experiments.talks.brought import Plan, Times
from experiments.talks.setting import RESPONDING, Setting
from experiments.talks.simulated import Simulated
from experiments.talks.terms import ceasefire

type Floats = NDArray[np.float64]
type Told = Callable[[int, int], None]
"""Hears how much is done, of how much; it may raise, and what was not finished is not kept."""

TRUSTS_TRIED = 21
"""Values of trust, evenly spaced, at which promises are computed to find the one that is believed."""
MOST_TRUST = 2.0
"""Trust is not looked for beyond: nobody is believed to be more than twice as reliable as promised."""
SAME = 1e-12
"""Probabilities that differ by less are the same."""
PRIORS_KEPT = 2
"""Priors kept at hand at most, each of one trust; all are let go when there is one more."""
LAST_REPLICATION = 2**32 - 1


def _draws(seed: int, hypothesis: int) -> Draw:
    """Draws of a hypothesis: of a replication from the far end, which no sweep reaches, under the seed of the worth."""

    def draw(stream: int, actor: int, index: int) -> tuple[float, float]:
        return uniforms(seed & 0xFFFFFFFF, seed >> 32, LAST_REPLICATION - hypothesis, stream, actor, index)

    return draw


class Worth:
    """Worth of all packages of a space under one setting.

    Parameters
    ----------
    setting
        The talks.
    simulate
        Simulates a cease-fire (`experiments.talks.simulated`); handed in, so that a test can put a closed form there.
    """

    def __init__(self, setting: Setting, simulate: Simulated) -> None:
        self.setting, self.simulate = setting, simulate
        self.years = float(setting.values["worth.years"])
        self.responds = setting.space.has({"guarantee": RESPONDING})
        """(P,): packages under which somebody is bound to respond."""
        self._tables: dict[float, Floats] = {}
        self._priors: dict[tuple[float, float], Prior] = {}
        self._runs: dict[float, dict[int, Floats]] = {}
        self._promised: dict[tuple[int, str], tuple[Floats, Floats]] = {}
        self._plan = Plan.of(setting.space)

    def table(self, trust: float = 1.0, told: Told | None = None) -> Floats:
        """(4, P, 8): what each package's cease-fire brings, discounted as each party does (`FEATURES`).

        Parameters
        ----------
        trust
            Believed reliability of partners over the promised one; between the steps that are simulated it is
            interpolated.
        told
            Hears of progress.
        """
        step = float(self.setting.values["worth.trust_step"])
        low = math.floor(trust / step + 1e-9) * step
        if abs(trust - 1.0) < 1e-9 or abs(trust - low) < 1e-9:
            return self._at(1.0 if abs(trust - 1.0) < 1e-9 else low, told)
        share = (trust - low) / step
        return (1.0 - share) * self._at(low, told) + share * self._at(low + step, told)

    def prior(self, trust: float, shift: float, told: Told | None = None) -> Prior:
        """What a mediator takes the parties' preferences to be, at a trust and a shift of power that all see.

        Parameters
        ----------
        trust, shift
            As they are seen by all.
        told
            Hears how many hypotheses are made, of how many.
        """
        if (trust, shift) not in self._priors:
            values, fixed = self.setting.values, self.setting.fixed
            seed, count = int(values["worth.seed"]), int(values["talks.hypotheses"])
            table = self.table(trust, told)
            if len(self._priors) >= PRIORS_KEPT:
                self._priors.clear()
            hypotheses = []
            for h in range(count):
                if told:
                    told(h, count)
                hypotheses.append(
                    Preferences(self.setting.space, drawn(values, fixed, _draws(seed, h)), table, shift)
                )
            self._priors[trust, shift] = Prior(hypotheses)
        return self._priors[trust, shift]

    def trust_of(self, code: int, believed: float, stance: str = "") -> float:
        """Trust under which partners would deliver as is believed: share of the promised individual reliability.

        Parameters
        ----------
        code
            Of the package whose guarantee was seen at work.
        believed
            Mean probability over the tiers of partners.
        stance
            Of the United States when they were promised, where it is not the setting's: it is no matter of trust.
        """
        if (code, stance) not in self._promised:
            began = {"us.initial_stance": stance} if stance else {}
            trusts = np.linspace(0.0, MOST_TRUST, TRUSTS_TRIED)  # 1 is one of them
            means = np.array([promised_mean(self.scenario(code, float(trust), began)) for trust in trusts])
            most = int(np.argmax(means >= means[-1] - SAME))  # nobody is more reliable than certain
            self._promised[code, stance] = trusts[: most + 1], means[: most + 1]
        trusts, means = self._promised[code, stance]
        if means[-1] <= 0.0:  # nothing is promised, and nothing is believed
            return 1.0
        return float(np.interp(believed, means, trusts))

    def without(self, runs: NDArray[np.int64]) -> Floats:
        """The table at trust 1 from some of the runs only; for the Monte-Carlo error."""
        return self._made(1.0, None, runs)

    def _at(self, trust: float, told: Told | None) -> Floats:
        key = round(trust, 9)
        if key not in self._tables:
            self._tables[key] = self._made(key, told)
        return self._tables[key]

    def _made(self, trust: float, told: Told | None, runs: NDArray[np.int64] | None = None) -> Floats:
        found = self._simulated(trust, told)
        if runs is not None:
            found = {code: result[:, runs] for code, result in found.items()}
        rates = [float(self.setting.values[f"weight.{name.lower()}.discount"]) for name in PARTIES]
        half = float(self.setting.values["forecast.regrouping_days"]) / 365.0
        tables = {rate: self._plan.features(found, Times(rate, self.years, half)) for rate in set(rates)}
        return np.stack([tables[rate] for rate in rates])

    def _simulated(self, trust: float, told: Told | None) -> dict[int, Floats]:
        """What became of the cease-fires that the table is put together from, by the code of their package."""
        if trust not in self._runs:
            found, codes = {}, self._plan.codes
            for number, code in enumerate(codes):
                if told:
                    told(number, len(codes))
                found[code] = self.simulate(self.scenario(code, trust))
            self._runs = {trust: found}  # those of the last trust only
        if told:
            told(len(self._plan.codes), len(self._plan.codes))
        return self._runs[trust]

    def scenario(self, code: int, trust: float = 1.0, began: Mapping[str, str] | None = None) -> Scenario:
        """The cease-fire that is simulated for a package, partners being as reliable as they are believed to be."""
        days: dict[str, Value] = {"scenario.days": self.years * 365.0, **(began or {})}
        if trust == 1.0:
            return ceasefire(self.setting, code, days)
        plain = ceasefire(self.setting, code, days)
        keys = [f"reliability.tier_{k}" for k in range(2, 5)]
        believed = {key: min(1.0, float(plain.values[key]) * trust) for key in keys}
        if len(plain.framework.tiers) == 1:
            believed["reliability.tier_1"] = min(1.0, float(plain.values["reliability.tier_1"]) * trust)
        return ceasefire(self.setting, code, days | believed)


def promised_mean(scenario: Scenario) -> float:
    """Mean promised probability that a tier of partners is delivered (0 where there is none)."""
    against_russia = promised(scenario)[0]
    tiers = scenario.world.tiers
    partners = [float(against_russia.full[k]) for k in range(tiers.size) if tiers.partners[k]]
    return sum(partners) / len(partners) if partners else 0.0

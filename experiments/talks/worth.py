"""What the cease-fire of every package brings: simulated on the compiled engine, and what follows later.

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
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from agents.talks.guesses import Prior
from agents.talks.preferences import FEATURES, PEACE, Draw, Preferences, drawn
from environment.parameters import Value
from environment.rules.draws import uniforms
from environment.rules.talks import later_share, later_weight, rate_per_year, regrouped
from environment.talks.packages import PARTIES, Space, code_of, issues, options_of, package_words
from experiments.promises import promised
from experiments.scenario import Scenario
from experiments.talks.setting import RESPONDING, Setting
from experiments.talks.simulated import Simulated
from experiments.talks.terms import ceasefire, framework_of, has_tiers

type Floats = NDArray[np.float64]
type Told = Callable[[int, int], None]
"""Hears how many cease-fires are simulated, of how many."""

CORE = ("guarantee", "deployment", "monitoring", "binding")
"""Issues whose options are simulated in every combination."""
APART = ("term",)
"""Issues that change nothing within the simulated years."""
TRUSTS_TRIED = 21
"""Values of trust, evenly spaced, at which promises are computed to find the one that is believed."""
MOST_TRUST = 2.0
"""Trust is not looked for beyond: nobody is believed to be more than twice as reliable as promised."""
SAME = 1e-12
"""Probabilities that differ by less are the same."""
PRIORS_KEPT = 2
"""Priors kept at hand at most, each of one trust; all are let go when there is one more."""
FOR_EVER = 1e6
"""Years; beyond any horizon, at any rate of discount that is allowed."""
LAST_REPLICATION = 2**32 - 1
COLLAPSE, ABROGATION = 1, 2


def _draws(seed: int, hypothesis: int) -> Draw:
    """Draws of a hypothesis: of a replication from the far end, which no sweep reaches, under the seed of the worth."""

    def draw(stream: int, actor: int, index: int) -> tuple[float, float]:
        return uniforms(seed & 0xFFFFFFFF, seed >> 32, LAST_REPLICATION - hypothesis, stream, actor, index)

    return draw


@dataclass(frozen=True)
class Times:
    """Rate of discount (per year), simulated years, and the half-life of regrouping in years."""

    discount: float
    years: float
    half_life: float


@dataclass(frozen=True)
class Rates:
    """A lasting cease-fire, per year: its endings, violence, ground lost and effort."""

    back: float
    war: float
    violence: float
    ground: float
    effort: float


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
        self.offered = np.ones(setting.space.size, np.bool_)
        """(P,): packages that may be agreed at all."""
        self._tables: dict[float, Floats] = {}
        self._priors: dict[tuple[float, float], Prior] = {}
        self._runs: dict[float, dict[int, Floats]] = {}
        self._promised: dict[tuple[int, str], tuple[Floats, Floats]] = {}
        self._plan = _Plan.of(setting.space)

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

    def prior(self, trust: float, shift: float) -> Prior:
        """What a mediator takes the parties' preferences to be, at a trust and a shift of power that all see."""
        if (trust, shift) not in self._priors:
            values, fixed = self.setting.values, self.setting.fixed
            seed, count = int(values["worth.seed"]), int(values["talks.hypotheses"])
            table = self.table(trust)
            if len(self._priors) >= PRIORS_KEPT:
                self._priors.clear()
            self._priors[trust, shift] = Prior(
                [
                    Preferences(self.setting.space, drawn(values, fixed, _draws(seed, h)), table, shift)
                    for h in range(count)
                ]
            )
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


@dataclass(frozen=True, eq=False)
class _Plan:
    """Which cease-fires are simulated for a space, and how packages are put together from them.

    Parameters
    ----------
    space
        The packages.
    cores
        Code of each core, the rest at its first options.
    core
        (P,): place of each package's core.
    """

    space: Space
    cores: list[int]
    core: NDArray[np.int64]

    @classmethod
    def of(cls, space: Space) -> _Plan:
        """The plan of a space."""
        places = [k for k, issue in enumerate(issues()) if issue.name in CORE]
        rows, core = np.unique(space.choices[:, places], axis=0, return_inverse=True)
        cores = [
            code_of({issues()[k].name: issues()[k].options[row[j]].name for j, k in enumerate(places)})
            for row in rows
        ]
        return cls(space, cores, core.reshape(-1))

    @cached_property
    def others(self) -> list[tuple[int, str, list[str]]]:
        """The other issues that change a cease-fire: number, name, options on the table beside the first."""
        found = []
        for number, issue in enumerate(issues()):
            if issue.name not in CORE and issue.name not in APART:
                used = np.unique(self.space.choices[:, number]).tolist()
                found.append((number, issue.name, [issue.options[k].name for k in used if k > 0]))
        return found

    @cached_property
    def codes(self) -> list[int]:
        """Every cease-fire to be simulated, each once, those of monitors only included."""
        plain = [*map(_plain, self.cores), MONITORS]
        found = dict.fromkeys([*self.cores, *plain, *map(_lapsed, self.cores)])
        for core in plain:
            for _, issue, options in self.others:
                found |= dict.fromkeys(_changed(core, issue, option) for option in options)
        return list(found)

    def features(self, found: dict[int, Floats], times: Times) -> Floats:
        """(P, 8): what each package brings to a party that discounts at a rate (`FEATURES`)."""
        terms = [option.years for option in issues()[TERM].options]
        changes: dict[tuple[int, int], dict[int, Floats]] = {}
        table = np.empty((self.space.size, len(FEATURES)))
        for place, core in enumerate(self.cores):
            members = np.flatnonzero(self.core == place)
            for term in np.unique(self.space.choices[members, TERM]).tolist():
                brings = _Brings(found, _responds(core), terms[term], times)
                plain = _plain(core)
                if (plain, term) not in changes:
                    changes[plain, term] = self._changes(brings, plain)
                chosen = members[self.space.choices[members, TERM] == term]
                table[chosen] = brings.of(core, _lapsed(core))
                for number, by_option in changes[plain, term].items():
                    table[chosen] += by_option[self.space.choices[chosen, number]]
        return table

    def _changes(self, brings: _Brings, core: int) -> dict[int, Floats]:
        """For each other issue, (options, 8): what its options change at one guarantee and term."""
        before = brings.of(core, MONITORS)
        found = {}
        for number, issue, options in self.others:
            by_option = np.zeros((len(issues()[number].options), len(FEATURES)))
            for option in options:
                changed = _changed(core, issue, option), _changed(MONITORS, issue, option)
                by_option[issues()[number].place(option)] = brings.of(*changed) - before
            found[number] = by_option
        return found


@dataclass(frozen=True, eq=False)
class _Brings:
    """What cease-fires of one guarantee and term bring, from their simulated runs.

    Parameters
    ----------
    found
        (6, n) runs by code.
    responds
        Whether anybody is bound to respond.
    term
        Years that the guarantee lasts.
    times
        Discount, simulated years, and the half-life of regrouping.
    """

    found: dict[int, Floats]
    responds: bool
    term: float
    times: Times

    def of(self, code: int, lapsed: int) -> Floats:
        """(8,): discounted: as simulated, then by its rates, after its term by those of another (R43)."""
        runs, discount, years = self.found[code], self.times.discount, self.times.years
        lasting = float((runs[1] == 0).mean()) * math.exp(-discount * years)
        here, there = _rates(runs, years), _rates(self.found[lapsed], years)
        simulated = _simulated(runs, self.times)
        if not self.responds:
            later = self._flow(here, FOR_EVER, years)
            return np.asarray(simulated + lasting * np.append(later, later[PEACE]))
        span = self.term - years
        share = later_share(discount, here.back, here.war, span)
        held, lapsed_flow = self._flow(here, span, years), self._flow(there, FOR_EVER, self.term)
        return np.asarray(simulated + lasting * np.append(held + share * lapsed_flow, held[PEACE]))

    def _flow(self, rates: Rates, span: float, since: float) -> Floats:
        """(7,): what flows from a peace that may end, from so many years after its beginning on, over a span.

        Power has by then shifted in part; what is left to shift goes on fading with its half-life (R47).
        """
        discount, fading = self.times.discount, math.log(2.0) / self.times.half_life
        weight = later_weight(discount, rates.back, rates.war, span)
        unshifted = math.exp(-fading * since) * later_weight(discount + fading, rates.back, rates.war, span)
        flows = weight * np.array([rates.violence, rates.ground, rates.back, rates.war, rates.effort])
        return np.array([*flows, rates.back * (weight - unshifted), discount * weight])


def _simulated(runs: Floats, times: Times) -> Floats:
    """(8,): the simulated years, flows being discounted to their middle."""
    lived, ending, violence, ground, effort, risk = runs
    middle, end = np.exp(-times.discount * lived / 2.0), np.exp(-times.discount * lived)
    back = ((ending == COLLAPSE) | (ending == ABROGATION)) * end
    shifted = back * np.array([regrouped(float(years), times.half_life) for years in lived])
    peace = 1.0 - end
    brought = (
        violence * middle,
        ground * middle,
        back,
        risk * middle,
        effort * middle,
        shifted,
        peace,
        peace,
    )
    return np.array([each.mean() for each in brought])


MONITORS = code_of({})
"""The package of first options: monitors only."""
TERM = next(k for k, issue in enumerate(issues()) if issue.name == "term")


def _changed(code: int, issue: str, option: str) -> int:
    """A package with one issue changed; the code as it is where the option makes no sense in it."""
    words = package_words(code) | {issue: option}
    needs = next(i for i in issues() if i.name == issue)
    chosen = needs.options[needs.place(option)]
    if any(words[other] not in allowed for other, allowed in chosen.needs.items()):
        return code
    return code_of(words)


def _plain(core: int) -> int:
    """The guarantee of a core alone, without a force, with its own observers and binding Russia only."""
    return code_of({"guarantee": package_words(core)["guarantee"]})


def _lapsed(core: int) -> int:
    """What is left of a core when its guarantee has lapsed: the same monitoring, and nobody bound."""
    return code_of({"monitoring": package_words(core)["monitoring"]})


def _responds(core: int) -> bool:
    return has_tiers(framework_of(options_of(core)))


def _rates(runs: Floats, years: float) -> Rates:
    """Rates of the last simulated year for the war's return, over all years at risk for the rest."""
    lived, ending, violence, ground, effort, risk = runs
    last = lived > years - 1.0
    at_risk = float(np.clip(lived - (years - 1.0), 0.0, 1.0).sum())
    ends = ending[last]
    all_years = float(lived.sum())
    return Rates(
        rate_per_year(float(((ends == COLLAPSE) | (ends == ABROGATION)).sum()), at_risk),
        float(risk.sum()) / all_years,
        float(violence.sum()) / all_years,
        float(ground.sum()) / all_years,
        float(effort.sum()) / all_years,
    )


def promised_mean(scenario: Scenario) -> float:
    """Mean promised probability that a tier of partners is delivered (0 where there is none)."""
    against_russia = promised(scenario)[0]
    tiers = scenario.world.tiers
    partners = [float(against_russia.full[k]) for k in range(tiers.size) if tiers.partners[k]]
    return sum(partners) / len(partners) if partners else 0.0

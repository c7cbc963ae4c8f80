"""What simulated cease-fires bring, and how packages are put together from them.

Cease-fires are simulated for every core (`CORE`) of the packages on the table, with every other issue at its first
option; each other issue is then changed alone, at each guarantee without a force and binding Russia only, and what that
changes is added. What comes after the simulated years follows at constant rates until the guarantee's term ends, from
then on at those of monitors only: the war's return at the rate of the last simulated year, all else at the mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from agents.talks.preferences import FEATURES, PEACE
from environment.rules.talks import later_share, later_weight, rate_per_year, regrouped
from environment.talks.packages import Space, code_of, issue_of, issues, number_of, package_words
from experiments.talks.setting import RESPONDING

type Floats = NDArray[np.float64]

CORE = ("guarantee", "deployment", "monitoring", "binding")
"""Issues whose options are simulated in every combination."""
APART = ("term",)
"""Issues that change nothing within the simulated years."""
FOR_EVER = 1e6
"""Years; beyond any horizon, at any rate of discount that is allowed."""
COLLAPSE, ABROGATION = 1, 2


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


@dataclass(frozen=True, eq=False)
class Plan:
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
    def of(cls, space: Space) -> Plan:
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
                brings = Brings(found, _responds(core), terms[term], times)
                plain = _plain(core)
                if (plain, term) not in changes:
                    changes[plain, term] = self._changes(brings, plain)
                chosen = members[self.space.choices[members, TERM] == term]
                table[chosen] = brings.of(core, _lapsed(core))
                for number, by_option in changes[plain, term].items():
                    table[chosen] += by_option[self.space.choices[chosen, number]]
        return table

    def _changes(self, brings: Brings, core: int) -> dict[int, Floats]:
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
class Brings:
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
TERM = number_of("term")


def _changed(code: int, issue: str, option: str) -> int:
    """A package with one issue changed; the code as it is where the option makes no sense in it."""
    words = package_words(code) | {issue: option}
    found = issue_of(issue)
    chosen = found.options[found.place(option)]
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
    return package_words(core)["guarantee"] in RESPONDING


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

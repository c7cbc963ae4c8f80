"""What packages are worth to the parties: additive utilities, red lines and reservation values (R40-R44).

All in war-years of the party: 1 is what a year of the war as it stands costs it. The *gain* of a package
is its utility less that of the war that goes on, so 0 is the reservation value.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from environment.parameters import Value
from environment.rules import draws
from environment.rules.talks import annuity, triangular, waiting, war_value
from environment.talks.packages import (
    EUROPE,
    PARTIES,
    RUSSIA,
    UKRAINE,
    US,
    Space,
    issues,
    number_of,
    red_lines,
)
from environment.talks.parameters import is_drawn, schema

type Floats = NDArray[np.float64]
type Bools = NDArray[np.bool_]
type Draw = Callable[[int, int, int], tuple[float, float]]

VIOLENCE, GROUND, RETURN, DIRECT_WAR, EFFORT, SHIFTED, PEACE, GUARDED = range(8)
FEATURES = ("violence", "ground", "return", "direct_war", "effort", "shifted", "peace", "guarded")
"""What a cease-fire brings, each discounted: war-years of violence in it, 1,000 km2 lost in it, the chance that the
war returns, that of direct war, the effort of responders; the chance that the war returns times the share of the shift
of power that the pause has brought about; the share of all time to come that is peace, and that is peace under the
guarantee."""
WITH_US = ("ad-hoc", "multi-tier", "article-5")
"""Guarantees in which the United States takes part."""
WITH_EUROPE = (*WITH_US, "multi-tier-europe")
"""Guarantees in which the states of the coalition take part."""
REFUSED = -1e6
"""War-years: what a package counts for that crosses an absolute red line; far below anything else."""


def drawn(values: Mapping[str, Value], fixed: frozenset[str], draw: Draw) -> dict[str, Value]:
    """Values with every uncertain one drawn from its range (R40).

    Parameters
    ----------
    values
        Parameters of the talks.
    fixed
        Keys that are not drawn, because somebody set them.
    draw
        Two uniforms by stream, actor and index.
    """
    found = dict(values)
    for key, spec in schema().items():
        if key not in fixed and is_drawn(key):
            u, _ = draw(draws.PREFERENCE, 0, zlib.crc32(key.encode()))
            low, mode, high = spec.low or 0.0, float(spec.value), spec.high or 0.0
            found[key] = triangular(low, mode, high, u)
    return found


class Preferences:
    """Gains of every party from every package on the table.

    Parameters
    ----------
    space
        The packages.
    values
        Parameters of the talks, drawn or likeliest.
    worth
        (4, P, 8): what the cease-fire of each package brings, discounted as each party does (`FEATURES`).
    shift
        How far power has shifted already in the war that goes on, after an earlier truce.
    """

    def __init__(self, space: Space, values: Mapping[str, Value], worth: Floats, shift: float = 0.0) -> None:
        self.space, self.values, self.shift = space, values, shift
        self.absolute = values["talks.red_lines"] == "absolute"
        self._war = np.array([self._war_value(party, shift) for party in range(len(PARTIES))])
        self._static = np.stack([self._utility(party, worth[party]) for party in range(len(PARTIES))], axis=1)
        self._static -= self._war
        self._area = np.stack([self._area_worth(party) for party in range(len(PARTIES))], axis=1)
        self._delay = self._delays()
        self._refused = self._crossed() if self.absolute else None

    def gains(self, donetsk_km2: float) -> Floats:
        """(P, 4): gain of every package for every party, with so much of the disputed area left, war-years.

        A package that crosses an absolute red line of the party counts for `REFUSED`.
        """
        found = (self._static + self._area * (donetsk_km2 / 1000.0)) * self._delay
        if self._refused is not None:
            found[self._refused] = REFUSED
        return np.asarray(found)

    def discount(self, party: int) -> float:
        """Rate at which a party discounts, per year."""
        return self._value(f"weight.{PARTIES[party].lower()}.discount")

    def _value(self, key: str) -> float:
        return float(self.values[key])

    def _weight(self, party: int, name: str) -> float:
        return self._value(f"weight.{PARTIES[party].lower()}.{name}")

    def _war_value(self, party: int, shift: float) -> float:
        """The war as it goes on (shift 0), or as it would come back once a pause has shifted power to Russia (R41)."""
        years, discount = self._value("forecast.years"), self.discount(party)
        if party in (US, EUROPE):
            return -annuity(discount, 1.0 / years)
        sign = 1.0 if party == RUSSIA else -1.0
        weekly = self._value("forecast.tempo_sigma")
        middle = self._value("forecast.tempo") * math.exp(
            weekly * weekly / 2.0
        )  # the mean of a log-normal's weeks
        tempo = middle * math.exp(sign * self._value("forecast.optimism")) * (1.0 + shift)
        cost = 1.0 + shift if party == UKRAINE else 1.0
        return war_value(cost, sign * self._weight(party, "ground"), tempo, years, discount)

    def _utility(self, party: int, worth: Floats) -> Floats:
        """Stakes, red lines and the worth of the cease-fire; the disputed area apart."""
        found = self._stakes(party, worth) + self._cease_fire(party, worth)
        if not self.absolute:
            for line in red_lines():
                if line.party == PARTIES[party]:
                    found -= self._value(f"red_line.{line.name}") * self.space.has(line.when)
        if party == US:
            found += self._value("weight.us.deal")
        return found

    def _stakes(self, party: int, worth: Floats) -> Floats:
        """What the terms are worth by themselves: for good, while the peace lasts, or while the guarantee does too."""
        by_issue = self.space.of_options(
            lambda issue, option: self._value(f"stakes.{issue.name}.{option.name}.{PARTIES[party].lower()}")
        )
        lasting = np.ones(by_issue.shape)
        for number, issue in enumerate(issues()):
            if issue.lasts != "for good":
                lasting[:, number] = worth[:, PEACE if issue.lasts == "peace" else GUARDED]
        return np.asarray((by_issue * lasting).sum(axis=1))

    def _cease_fire(self, party: int, worth: Floats) -> Floats:
        """What the simulated cease-fire is worth: violence, ground, the war's return, direct war, effort.

        War that returns is fought on terms that the pause has shifted: by how much depends on the terms agreed (a belt
        given up, a ceiling) and on how long the pause was.
        """
        found = worth[:, RETURN] * self._war_value(party, self.shift)
        found -= worth[:, DIRECT_WAR] * self._weight(party, "direct_war") + worth[:, VIOLENCE]
        if party in (US, EUROPE):
            return np.asarray(found - worth[:, EFFORT] * self._weight(party, "effort"))
        slope = self._war_value(party, 1.0) - self._war_value(
            party, 0.0
        )  # the value is a straight line in the shift
        found += worth[:, SHIFTED] * self.further_shift() * slope
        sign = 1.0 if party == RUSSIA else -1.0
        return np.asarray(found + sign * self._weight(party, "ground") * worth[:, GROUND])

    def further_shift(self) -> Floats:
        """(P,): how much further a long pause under each package would shift power against Ukraine."""
        factor = self.space.of_options(lambda issue, option: option.shift).prod(axis=1)
        return np.asarray(np.maximum(0.0, self._value("forecast.shift") * factor - self.shift))

    def _area_worth(self, party: int) -> Floats:
        """Worth of 1,000 km2 of the disputed area under the line agreed."""
        line = number_of("line")
        if party in (US, EUROPE):
            return np.zeros(self.space.size)
        options = issues()[line].options
        shares = [o.area_russia if party == RUSSIA else -o.area_ukraine for o in options]
        return np.asarray(np.array(shares)[self.space.choices[:, line]] * self._weight(party, "ground"))

    def _delays(self) -> Floats:
        """(P, 4): factor by which delay in taking effect shrinks a gain (R44)."""
        years = self.space.of_options(lambda issue, option: option.delay_days / 365.0).sum(axis=1)
        known, place = np.unique(years, return_inverse=True)
        factors = [[self.waiting(party, float(delay)) for party in range(len(PARTIES))] for delay in known]
        return np.asarray(np.array(factors)[place.reshape(-1)])

    def waiting(self, party: int, years: float) -> float:
        """Share of a gain that is left if it comes so much later, the war going on until then (R44)."""
        return waiting(self.discount(party), years, self._value("forecast.years"))

    def _crossed(self) -> Bools:
        """(P, 4): whether a package crosses a red line of the party."""
        found = np.zeros((self.space.size, len(PARTIES)), np.bool_)
        for line in red_lines():
            found[:, PARTIES.index(line.party)] |= self.space.has(line.when)
        return found


def admitted_by_europe(space: Space, gains: Floats) -> Bools:
    """(P,): Europe lends its forces only to what is no worse for it than the war.

    Parameters
    ----------
    gains
        (P,): Europe's.
    """
    lends = space.has({"guarantee": WITH_EUROPE}) | space.has({"deployment": ("rear", "forward")})
    return np.asarray(~lends | (gains >= 0.0))


def admitted_by_us(space: Space, gains: Floats, conditionality: Value) -> Bools:
    """(P,): the United States takes part in what is no worse for it than the war, on its conditions.

    Parameters
    ----------
    gains
        (P,): those of the United States.
    conditionality
        ``none``, or ``donbas``: only if Ukraine leaves the rest of Donetsk oblast.
    """
    takes_part = space.has({"guarantee": WITH_US}) | space.has({"monitoring": ("us-sensors",)})
    ready = gains >= 0.0
    if conditionality == "donbas":
        ready &= space.has({"line": ("zone", "withdrawal")}) | ~space.has({"guarantee": WITH_US})
    return ~takes_part | ready


__all__ = [
    "EUROPE",
    "RUSSIA",
    "UKRAINE",
    "US",
    "Preferences",
    "admitted_by_europe",
    "admitted_by_us",
    "drawn",
]

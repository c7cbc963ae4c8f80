"""What of two runs differs just before an instant."""

from __future__ import annotations

from collections.abc import Mapping

from agents.ukraine import Ukraine
from console.watch.minds import tiers_as_seen, unchanged
from console.watch.run import Watched
from environment import casebook, tables
from environment.log import STANCES
from environment.parameters import level_names
from environment.rules.draws import HOUR
from environment.state import DELIVERED
from environment.world import RUSSIA, SIDES, UKRAINE

type Noted = float | str
DIGITS = (3, 6, 9, 17)
"""Decimal places tried, the fewest first, until two numbers that differ are seen to differ."""
ALIKE = 1e-12


def noted(run: Watched) -> dict[str, Noted]:
    """The slow state of a run and what goes on in it, by its name in words."""
    model = run.model
    state = model.state
    return {
        "tension": state.tension,
        "Russia's readiness": state.readiness[RUSSIA],
        "Ukraine's readiness": state.readiness[UKRAINE],
        "the share of the force that is deployed": casebook.deployed(model),
        "Ukraine's standing": casebook.standing(model),
        "the stance of the US": STANCES[state.stance],
        "the list of violations that go on": _violations(run),
        "the list of open cases": _cases(run),
        **_halting(run),
    }


def believed(run: Watched) -> dict[str, Noted]:
    """What each leadership expects of the tiers, by its name in words."""
    found: dict[str, Noted] = {}
    for tier in tiers_as_seen(run):
        found[f"Russia's belief that tier {tier['tier']}, if tested now, is delivered"] = tier["now"]
        found[f"the cost of tier {tier['tier']} to Russia"] = tier["cost"]
    ukraine = run.leadership(UKRAINE)
    assert isinstance(ukraine, Ukraine)
    with unchanged(ukraine):
        found["Ukraine's belief that its partners answer"] = ukraine.partners(
            run.hours, casebook.deployed(run.model), casebook.in_force(run.model)
        )
    return found


def _halting(run: Watched) -> dict[str, Noted]:
    """How near each violation is to being halted: its hazard, and what of it has gathered."""
    model = run.model
    found: dict[str, Noted] = {}
    sectors = tables.sectors()
    violations = model.state.violations
    for slot, level in enumerate(violations.level):
        if level:
            hours = (model.now - violations.since[slot]) / HOUR
            which = f"{SIDES[slot // len(sectors)]}'s violation in {sectors[slot % len(sectors)].name}"
            rate = violations.rate[slot]
            found[f"the hazard per hour that {which} is halted"] = rate
            found[f"what of that hazard has gathered for {which}"] = violations.gathered[slot] + rate * hours
    return found


def _violations(run: Watched) -> str:
    names, sectors = level_names(), tables.sectors()
    found = [
        f"{SIDES[slot // len(sectors)]}: {names[level - 1].replace('_', ' ')} in {sectors[slot % len(sectors)].name}"
        for slot, level in enumerate(run.model.state.violations.level)
        if level > 0
    ]
    return ", ".join(found) or "empty"


def _cases(run: Watched) -> str:
    cases, found = run.model.state.cases, []
    for slot, serial in enumerate(cases.serial):
        if serial:
            come = [str(k + 1) for k, status in enumerate(cases.status[slot]) if status == DELIVERED]
            tiers = f"delivered: {', '.join(come)}" if come else "nothing delivered"
            found.append(f"case {serial} in {tables.sectors()[cases.sector[slot]].name} (tiers {tiers})")
    return ", ".join(found) or "empty"


def differences(one: Mapping[str, Noted], other: Mapping[str, Noted]) -> list[str]:
    """A sentence for each thing that both have and that differs, A's value first; what only one has is told last."""
    said = []
    for name in one:
        if name in other and unlike(one[name], other[name]):
            x, y = both(one[name], other[name])
            said.append(f"Just before, {name} is {x} in A and {y} in B.")
    for letter, mine, theirs in (("A", one, other), ("B", other, one)):
        alone = [f"{name}, {shown(mine[name])}" for name in mine if name not in theirs]
        if alone:
            said.append(f"Just before, only {letter} has: {'; '.join(alone)}.")
    return said


def unlike(x: object, y: object) -> bool:
    """Whether two values differ by more than the last bits of a sum."""
    if isinstance(x, float) and isinstance(y, float):
        return x != y and not abs(x - y) <= ALIKE
    return x != y


def shown(value: object, digits: int = DIGITS[0]) -> str:
    """A value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.{digits}f}" if isinstance(value, float) else str(value)


def both(x: object, y: object, digits: tuple[int, ...] = DIGITS) -> tuple[str, str]:
    """Two values that differ, with as many places as it takes to see that they do."""
    pairs = [(shown(x, places), shown(y, places)) for places in digits]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[-1])

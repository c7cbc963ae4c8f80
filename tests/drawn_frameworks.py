"""Drawn frameworks: shipped ones with values changed, and whole ones of 0 to 4 tiers, always consistent.

A framework is handled as its flat values by dotted key; `repaired` puts right what the checks across values
would refuse, so that nothing drawn is thrown away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from environment import frameworks, tables
from environment.frameworks import PARTIES, TIER_KEYS, Leaf, load_measures
from experiments.toml_text import _toml
from tests.dice import TINY, Dice

type Law = dict[str, Any]

LATEST = 720.0
"""The latest opening and expected hour that a scenario admits (violators plan day by day up to 30 days)."""
HOURS = ("opens_hours", "deadline_hours", "expected_hours")
GRID = (0.0, 0.0, 1.0, 6.0, 12.0, 24.0, 24.0, 48.0, 72.0, 96.0)
SOON = (0.5, 1.0, 2.0, 3.0, 5.0)
STATES = tuple(s.iso3 for s in tables.states())
COALITION = tuple(s.iso3 for s in tables.states() if s.group == "coalition")
GROUPED = (
    ["ukraine"], ["ukraine"], ["coalition"], ["europe"], ["usa"], ["usa", "coalition"], ["europe", "USA"],
    ["coalition", "ukraine"], ["ukraine", "usa", "europe"], ["UKR"], ["USA", "UKR"],
)  # fmt: skip


@cache
def shipped_values(name: str) -> Mapping[str, Any]:
    """The flat values of a shipped framework."""
    found = frameworks.leaves(frameworks.load(name))
    return {k: list(v.value) if isinstance(v.value, tuple) else v.value for k, v in found.items()}


def bounds(key: str, leaf: Leaf) -> tuple[float, float]:
    """The least and the greatest value of a field that any valid framework can have."""
    high = LATEST if key.endswith((".opens_hours", ".expected_hours")) else leaf.high
    return (TINY if leaf.above else leaf.low), high


def changed(dice: Dice, name: str, share: float) -> Law:
    """The values of a shipped framework, each changed with a chance of `share`."""
    law = dict(shipped_values(name))
    for key in list(law):
        if dice.chance(share):
            law[key] = _value(dice, key, law)
    if "tier_1.trigger" in law:
        law["binds"] = dice.pick([["Russia"], ["Russia", "Ukraine"], law["binds"], law["binds"]])
    return repaired(dice, law)


def generated(dice: Dice, share: float) -> Law:
    """A framework of its own with 0 to 4 tiers; general values are changed with a chance of `share`."""
    law = {k: v for k, v in shipped_values("multi-tier").items() if not k.startswith("tier_")}
    for key in list(law):
        if dice.chance(share):
            law[key] = _value(dice, key, law)
    size = dice.pick([0, 1, 1, 2, 2, 3, 3, 4, 4, 4])
    law["binds"] = dice.pick([["Russia"], ["Russia", "Ukraine"], ["Ukraine", "Russia"]])
    for tier in TIER_KEYS[:size]:
        for key in frameworks.schema():
            if key.startswith(tier + "."):
                law[key] = _value(dice, key, law)
    _spread_hours(dice, law, TIER_KEYS[:size])
    return repaired(dice, law)


def _value(dice: Dice, key: str, law: Law) -> Any:
    leaf, field = frameworks.schema()[key], key.rpartition(".")[2]
    if key == "binds":
        return law[key]
    if field == "called":
        return _called(dice)
    if field == "lead":
        return "USA"  # repaired
    if leaf.kind is tuple:
        return _measures(dice)
    if leaf.kind is bool:
        return dice.chance(0.5)
    if field == "decision":
        return dice.pick((*leaf.choices, "quorum"))
    if leaf.choices:
        return dice.pick(leaf.choices)
    if key == "entry.days" and dice.chance(0.5):
        return dice.pick(SOON)
    low, high = bounds(key, leaf)
    usual = law.get(key, shipped_values("multi-tier").get(key, 0.5))
    return dice.number(low, high, usual, leaf.kind)


def _called(dice: Dice) -> list[str]:
    if dice.chance(0.65):
        return list(dice.pick(GROUPED))
    named = dice.some(STATES, dice.whole(1, 7))
    return [*named, "coalition"] if dice.chance(0.1) and not set(named) & set(COALITION) else named


def _measures(dice: Dice) -> list[str]:
    named = dice.some(tuple(load_measures()), dice.whole(1, 6))
    for name, chance in (("local_action", 0.3), ("formal_warning", 0.2), ("coordinated_strikes", 0.3)):
        if name not in named and dice.chance(chance):
            named.insert(dice.whole(0, len(named)), name)
    return named


def _spread_hours(dice: Dice, law: Law, tiers: tuple[str, ...]) -> None:
    """The hours of all tiers at once: whole hours that often coincide, any hours, or all at one bound."""
    manner, at = dice.pick(["grid", "grid", "grid", "grid", "any", "any", "lower", "upper"]), 0.0
    pace = dice.pick([0.25, 0.5, 1.0])
    for tier in tiers:
        if manner == "grid":
            at += dice.pick(GRID) * pace
            hours = (at, at + dice.pick(GRID), at + dice.pick(GRID) * pace)
        elif manner == "any":
            at += dice.log(0.01, 200.0)
            hours = (at, at + dice.log(0.01, 200.0), at + dice.log(0.01, 100.0))
        else:
            hours = (0.0, TINY, 0.0) if manner == "lower" else (LATEST, 8760.0, LATEST)
        for field, value in zip(HOURS, hours, strict=True):
            law[f"{tier}.{field}"] = value


def repaired(dice: Dice, law: Law) -> Law:
    """The law with what does not go together put right."""
    tiers = [tier for tier in TIER_KEYS if f"{tier}.trigger" in law]
    if not tiers:
        law["binds"] = []
    if law["entry.condition"] == "cease-fire":
        law["entry.days"] = 0.0
    elif law["entry.condition"] == "quiet-days" and law["entry.days"] == 0.0:
        law["entry.days"] = dice.pick([0.01, 0.5, 1.0, 2.0, 7.0])
    _order_hours(law, tiers)
    for tier in tiers:
        _repair_decision(dice, law, tier)
        for party in PARTIES:
            key = f"{tier}.measures.{party}"
            if party not in law["binds"]:
                law[key] = []
            elif not law.get(key):
                law[key] = _measures(dice)
    return law


def _order_hours(law: Law, tiers: list[str]) -> None:
    opens = due = expected = 0.0
    for tier in tiers:
        opens = min(LATEST, max(opens, float(law[f"{tier}.opens_hours"])))
        due = min(8760.0, max(due, opens, TINY, float(law[f"{tier}.deadline_hours"])))
        expected = min(LATEST, due, max(expected, opens, float(law[f"{tier}.expected_hours"])))
        for field, value in zip(HOURS, (opens, due, expected), strict=True):
            law[f"{tier}.{field}"] = value


def _repair_decision(dice: Dice, law: Law, tier: str) -> None:
    decision, called = law[f"{tier}.decision"], tuple(law[f"{tier}.called"])
    if decision != "quorum":
        law.pop(f"{tier}.quorum", None)
    elif f"{tier}.quorum" not in law:
        law[f"{tier}.quorum"] = dice.number(0.0, 1.0, 0.5, float)
    members = [STATES[i] for i in tables.members(called)]
    if decision != "lead":
        law.pop(f"{tier}.lead", None)
    elif law.get(f"{tier}.lead") not in members or dice.chance(0.5):
        law[f"{tier}.lead"] = dice.pick(members)


def patches(law: Law, name: str) -> dict[str, Any]:
    """What to set so that a shipped framework has these values."""
    base = shipped_values(name)
    return {f"framework.{k}": v for k, v in law.items() if k not in base or base[k] != v}


def text(law: Law, name: str) -> str:
    """A framework file with these values."""
    head = {"name": name, "title": "Drawn", "summary": "A drawn framework."}
    tiers = [key for key in TIER_KEYS if f"{key}.trigger" in law]
    named = head | {f"{tier}.name": f"Rung {tier[-1]}" for tier in tiers} | law
    assert all(re.fullmatch(r"[A-Za-z0-9_.]+", key) for key in named)
    return "".join(f"{key} = {_toml(value)}\n" for key, value in named.items())

"""A scenario in the form that the engines read: flat parameters and arrays, nothing looked up by name.

Built once a scenario; everything that depends on the scenario alone is tabulated here, so that both
engines read the same numbers.
"""

from __future__ import annotations

import itertools
import math
from collections import namedtuple
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from environment import tables
from environment.frameworks import Framework, Tier, load_measures
from environment.parameters import Value, level_names, schema
from environment.rules.monitoring import detection_hazard
from environment.rules.tiers import BREACH, EXPANDED, PERSIST

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

RUSSIA, UKRAINE = 0, 1
SIDES = ("Russia", "Ukraine")
MAX_TIERS = 4
AUTOMATIC, EACH, QUORUM, LEAD = 0, 1, 2, 3
DECISIONS = {"automatic": AUTOMATIC, "each": EACH, "quorum": QUORUM, "unanimity": QUORUM, "lead": LEAD}
TRIGGERS = {"breach": BREACH, "persist": PERSIST, "expanded": EXPANDED}
CLAUSES = (
    "monitoring",
    "attribution",
    "breach",
    "clock",
    "case",
    "entry",
    "deployment",
    "ukraine",
    "us",
    "binds",
    "tier_1",
    "tier_2",
    "tier_3",
    "tier_4",
)
CATEGORIES = ("nothing", "russia_ordered", "russia_unauthorised", "ukraine")
"""What an incident can turn out to be, in the order of the posterior."""
FIRST_TIER_CLAUSE = CLAUSES.index("tier_1")
LADDER_FIELDS = (
    "gain",
    "loss",
    "severity",
    "detectability",
    "attributability",
    "resistance",
    "counts",
    "exposure",
    "forgone",
    "ground",
)


class TierTable(NamedTuple):
    """The tiers of a framework, one entry each up to MAX_TIERS."""

    size: int  # number of tiers
    trigger: Ints
    opens: tuple[int, ...]  # ms since the initial breach
    deadline: tuple[int, ...]  # ms
    expected: Floats  # h
    decision: tuple[int, ...]
    quorum: tuple[float, ...]  # share of called weight
    lead: tuple[int, ...]  # index of the state, -1 where none
    preagreed: tuple[bool, ...]
    required: tuple[float, ...]  # share of called weight
    called: tuple[tuple[tuple[int, ...], ...], ...]  # (side, tier): indices of states in order
    weight: tuple[tuple[float, ...], ...]  # (side, tier): called weight, points
    deployed: tuple[float, ...]  # share of the tier's measures that the deployment ramp limits
    warns: tuple[bool, ...]
    local: tuple[bool, ...]  # holds Ukraine's own local action
    partners: tuple[bool, ...]  # calls others than Ukraine itself
    denial: Floats  # (side, tier), 1/h at full strength
    punishment: Floats  # (side, tier), utility
    cost: tuple[tuple[float, ...], ...]  # (side, tier), responder effort
    war_weight: tuple[tuple[float, ...], ...]  # (side, tier), 0 where nothing is kinetic
    local_denial: tuple[tuple[float, ...], ...]  # (side, tier), the part of denial that is local action


class World(NamedTuple):
    """A scenario compiled for the engines."""

    p: Any  # parameters, dotted keys with underscores
    framework: Framework
    tiers: TierTable
    reliability: tuple[float, ...]  # r by tier
    sectors: int
    share: tuple[float, ...]  # of the line
    salience: tuple[float, ...]
    force: tuple[tuple[float, ...], ...]  # (side, sector): square root of the side's local force ratio
    coverage: tuple[float, ...]  # of the framework's monitors
    background: tuple[float, ...]  # share of unauthorised events
    capacity: tuple[float, ...]  # halting capacity
    ladder: Mapping[str, Floats]  # field -> (6,) by level, entry 0 unused
    level: Mapping[str, tuple[float, ...]]  # the same, for looking up one level
    hazard: tuple[tuple[tuple[float, ...], ...], ...]  # (sector, level, jammed): detection per daylight hour
    seen: tuple[tuple[float, ...], ...]  # (sector, level): believed probability that a day of it is seen
    confirm_rate: Floats  # (sector, level): believed hazard of detection times success, per hour
    target_weight: tuple[float, ...]  # cumulative
    target_hours: tuple[float, ...]
    weight: tuple[int, ...]  # of each state, points
    usa: int
    ukraine_state: int
    binds: tuple[bool, bool]
    horizon: int  # ms
    posterior_threshold: float
    materiality: float
    repeated_count: int  # 1 means any breach
    repeated_window: int  # ms
    clock_from_breach: bool
    line_scope: bool
    quiet: int  # ms
    record_survives: bool
    entry_day: float  # d; infinite where entry waits for quiet
    entry_quiet: int  # ms of quiet needed, -1 where not
    half_life: float  # d
    on_line: bool
    if_needed: bool
    us_backs: bool
    base_rate: tuple[float, ...]  # prior share of incidents by category, summing to 1
    dispute: float
    dispute_hours: float
    success: float  # of one attempt
    carried_kept: tuple[tuple[float, ...], ...]  # (side, tier): deliveries remembered of earlier truces
    carried_failed: tuple[tuple[float, ...], ...]  # (side, tier): failures, in observations like them
    physical: bool  # arm: deliveries have physical effects
    at_reviews: bool  # arm: the ladder is considered at reviews

    def delay(self, tier: int, state: int) -> tuple[float, float]:
        """Least and mean further hours from a state's decision to its arrival at a tier (0 for the first)."""
        p = self.p
        if state == self.ukraine_state:
            return p.response_local_minimum_hours, p.response_local_mean_hours
        if self.tiers.preagreed[tier]:
            return p.response_preagreed_minimum_hours, p.response_preagreed_mean_hours
        return p.response_adhoc_minimum_hours, p.response_adhoc_mean_hours


@cache
def _parameters_type(names: tuple[str, ...]) -> Any:
    return namedtuple("Parameters", names)


def _parameters(values: Mapping[str, Value]) -> Any:
    keys = [k for k, spec in schema().items() if not k.startswith("ladder.") or spec.choices]
    fields = tuple(k.replace(".", "_") for k in keys)
    return _parameters_type(fields)(*(values[k] for k in keys))


def _ladder(values: Mapping[str, Value]) -> dict[str, Floats]:
    return {
        field: np.array([0.0, *(float(values[f"ladder.{level}.{field}"]) for level in level_names())])
        for field in LADDER_FIELDS
    }


def _milliseconds(hours: float) -> int:
    return round(hours * 3_600_000)


def build(framework: Framework, values: Mapping[str, Value]) -> World:
    """Compile a framework and a full set of parameter values.

    Parameters
    ----------
    framework
        A validated framework.
    values
        Every parameter by dotted key, already checked.
    """
    p = _parameters(values)
    ladder = _ladder(values)
    sectors = tables.sectors()
    length = sum(s.length_km for s in sectors)
    coverage = np.array([s.coverage for s in sectors]) * framework.monitoring.coverage_multiplier.value
    hazard = _hazards(ladder, coverage, p)
    daylight = 0.5 * (1.0 + p.monitoring_night)
    believed = _mixed(p.monitoring_jamming_probability, hazard[:, :, 1], hazard[:, :, 0])
    by = framework.attribution.by.value
    success = p.verification_success * values[f"attribution.{by}.success"]
    entry = framework.entry
    root = [math.sqrt(s.force_ratio) for s in sectors]
    states = tables.states()
    targets = tables.targets()
    return World(
        p=p,
        framework=framework,
        tiers=_tiers(framework),
        reliability=tuple(float(values[f"reliability.tier_{k}"]) for k in range(1, MAX_TIERS + 1)),
        sectors=len(sectors),
        share=tuple(s.length_km / length for s in sectors),
        salience=tuple(s.salience for s in sectors),
        force=(tuple(root), tuple(1.0 / r for r in root)),
        coverage=tuple(coverage.tolist()),
        background=tuple(s.background_share for s in sectors),
        capacity=tuple(s.halting_capacity for s in sectors),
        ladder=ladder,
        level={name: tuple(column.tolist()) for name, column in ladder.items()},
        hazard=_frozen(hazard),
        seen=tuple(tuple(row) for row in (-np.expm1(-24.0 * daylight * believed)).tolist()),
        confirm_rate=_confirm_rates(daylight * believed, success, ladder, framework.breach.materiality.value),
        target_weight=tuple(itertools.accumulate(t.weight for t in targets)),
        target_hours=tuple(t.outage_hours for t in targets),
        weight=tuple(s.weight for s in states),
        usa=next(i for i, s in enumerate(states) if s.group == "usa"),
        ukraine_state=next(i for i, s in enumerate(states) if s.group == "ukraine"),
        binds=("Russia" in framework.binds.value, "Ukraine" in framework.binds.value),
        horizon=_milliseconds(24.0 * p.scenario_days),
        posterior_threshold=framework.attribution.posterior_threshold.value,
        materiality=framework.breach.materiality.value,
        repeated_count=framework.breach.repeated_count.value
        if framework.breach.counts.value == "repeated"
        else 1,
        repeated_window=_milliseconds(24.0 * framework.breach.repeated_days.value),
        clock_from_breach=framework.clock.starts.value == "breach",
        line_scope=framework.case.scope.value == "line",
        quiet=_milliseconds(framework.case.quiet_hours.value),
        record_survives=framework.case.record_survives.value,
        entry_day=_entry_day(entry.condition.value, entry.days.value, p.entry_signature_day),
        entry_quiet=_milliseconds(24.0 * entry.days.value) if entry.condition.value == "quiet-days" else -1,
        half_life=framework.deployment.half_life_days.value,
        on_line=framework.deployment.on_line.value,
        if_needed=framework.ukraine.action.value == "if-needed",
        us_backs=framework.us.participates.value,
        base_rate=_shares([float(values[f"base_rate.{c}"]) for c in CATEGORIES]),
        dispute=float(values[f"attribution.{by}.dispute"]),
        dispute_hours=float(values[f"attribution.{by}.dispute_hours"]),
        success=success,
        carried_kept=_carried(values, "kept"),
        carried_failed=_carried(values, "failed"),
        physical=p.ladder_arm == "full",
        at_reviews=p.ladder_arm in ("full", "reviews"),
    )


def _entry_day(condition: str, days: float, signature_day: float) -> float:
    if condition == "cease-fire":
        return 0.0
    if condition == "quiet-days":
        return math.inf
    return days + signature_day


def _carried(values: Mapping[str, Value], kind: str) -> tuple[tuple[float, ...], ...]:
    """(side, tier): what is remembered at the start of tiers that were kept, or that failed."""
    return tuple(
        tuple(float(values[f"{carried}.{kind}.tier_{k}"]) for k in range(1, MAX_TIERS + 1))
        for carried in ("carried", "carried.against_ukraine")
    )


def _mixed(share: float, first: Floats, second: Floats) -> Floats:
    """A mean of two hazards, either of which may be infinite; a share of 0 leaves its part out."""
    if share <= 0.0:
        return second
    return first if share >= 1.0 else share * first + (1.0 - share) * second


def _confirm_rates(seen: Floats, success: float, ladder: Mapping[str, Floats], materiality: float) -> Floats:
    """(sector, level): believed hazard of confirmation; none where the level alone is below materiality."""
    material = ladder["severity"] >= materiality
    return np.where(material & (success > 0.0), seen, 0.0) * success


def _shares(parts: list[float]) -> tuple[float, ...]:
    return tuple(part / math.fsum(parts) for part in parts)


def _frozen(table: Floats) -> tuple[tuple[tuple[float, ...], ...], ...]:
    return tuple(tuple(tuple(cell) for cell in row) for row in table.tolist())


def _hazards(ladder: Mapping[str, Floats], coverage: Floats, p: Any) -> Floats:
    """(sector, level, jammed): what the monitors and both parties' own means see, per hour of daylight."""
    table = np.zeros((len(coverage), 6, 2))
    for sector, monitors in enumerate(coverage):
        for level in range(1, 6):
            for jammed in (0, 1):
                seen = monitors * (1.0 - p.monitoring_jamming_effect) if jammed else monitors
                own = p.monitoring_national_means
                both = own + (1.0 - min(own, 1.0)) * seen
                table[sector, level, jammed] = detection_hazard(float(ladder["detectability"][level]), both)
    return table


def _tiers(framework: Framework) -> TierTable:
    measures = load_measures()
    tiers = framework.tiers
    states = tables.states()

    def column(value: Any, fill: Any) -> tuple[Any, ...]:
        return (*(value(t) for t in tiers), *([fill] * (MAX_TIERS - len(tiers))))

    def taken(tier: Tier, side: str) -> list[Any]:
        return [measures[name] for name in getattr(tier.measures, side).value]

    def by_side(value: Any) -> tuple[tuple[float, ...], ...]:
        return tuple(column(lambda t, s=s: float(value(taken(t, s))), 0.0) for s in SIDES)

    index = {s.iso3: i for i, s in enumerate(states)}
    against = [tuple(_lead_first(tables.members(t.called.value), t, index) for t in tiers)]
    against.append(tuple(_without(c, index["UKR"], index[states[0].iso3]) for c in against[0]))
    local = measures["local_action"]
    return TierTable(
        size=len(tiers),
        trigger=np.array(column(lambda t: TRIGGERS[t.trigger.value], 0), dtype=np.int64),
        opens=column(lambda t: _milliseconds(t.opens_hours.value), 0),
        deadline=column(lambda t: _milliseconds(t.deadline_hours.value), 0),
        expected=np.array(column(lambda t: t.expected_hours.value, 0.0)),
        decision=column(lambda t: DECISIONS[t.decision.value], 0),
        quorum=column(lambda t: t.quorum.value if t.quorum else 1.0, 1.0),
        lead=column(lambda t: index[t.lead.value] if t.lead else -1, -1),
        preagreed=column(lambda t: t.preparation.value == "pre-agreed", False),
        required=column(lambda t: t.required_strength.value, 1.0),
        called=tuple(against),
        weight=tuple(
            tuple(float(sum(states[i].weight for i in c)) for c in called) + (0.0,) * (MAX_TIERS - len(tiers))
            for called in against
        ),
        deployed=column(lambda t: _mean([measures[n].deployed.value for n in sorted(_all_measures(t))]), 0.0),
        warns=column(lambda t: "formal_warning" in _all_measures(t), False),
        local=column(lambda t: "local_action" in _all_measures(t), False),
        partners=tuple(k < len(tiers) and set(against[0][k]) != {index["UKR"]} for k in range(MAX_TIERS)),
        denial=np.array(by_side(lambda ms: sum(m.denial.value for m in ms))),
        punishment=np.array(by_side(lambda ms: sum(m.punishment.value for m in ms))),
        cost=by_side(lambda ms: sum(m.cost.value for m in ms)),
        war_weight=by_side(lambda ms: max((m.war_weight.value for m in ms if m.kinetic.value), default=0.0)),
        local_denial=by_side(lambda ms: sum(m.denial.value for m in ms if m is local)),
    )


def _lead_first(called: tuple[int, ...], tier: Tier, index: Mapping[str, int]) -> tuple[int, ...]:
    lead = index[tier.lead.value] if tier.lead else -1
    return tuple(sorted(called, key=lambda i: i != lead))


def _without(called: tuple[int, ...], accused: int, leader: int) -> tuple[int, ...]:
    """Those called against a party that is itself among them: the coalition's leader stands in for it."""
    others = tuple(i for i in called if i != accused)
    return others or (leader,)


def _all_measures(tier: Tier) -> set[str]:
    return set(tier.measures.Russia.value) | set(tier.measures.Ukraine.value)


def _mean(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0

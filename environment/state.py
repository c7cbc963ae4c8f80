"""Everything that changes during a run, as flat lists indexed by slots; no methods, no objects inside.

Slots: violation = side * sectors + sector; incident = kind * sectors + sector (kinds: Russia's
violation, Ukraine's, excess of background fire, false report); case = side * (sectors + 1) + sector,
the last of a side's slots being the case of the whole line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields

from environment.world import MAX_TIERS, World

FREE, SEEN, VERIFYING, CONFIRMED, DROPPED = 0, 1, 2, 3, 4
"""Status of an incident in the ledger; DROPPED: dismissed while it goes on."""
BY_RUSSIA, BY_UKRAINE, EXCESS, FALSE = 0, 1, 2, 3
"""Kinds of incident slots."""
WAITING, OPENED, DELIVERED = 0, 1, 2
"""Status of a tier in a case."""
ORDERED, UNAUTHORISED, RETALIATION = 0, 1, 2
"""Sources of a violation."""
RING = 8
LEVELS = 6
"""Entries of a table by level (the first is unused); tables of whole numbers by tier are no longer."""


@dataclass
class Violations:
    """Hidden truth: what goes on at each side and sector."""

    level: list[int]
    source: list[int]
    origin: list[int]
    began: list[int]
    value: list[float]
    peak: list[int]
    need: list[float]  # unit exponential of halting
    gathered: list[float]  # hazard of halting integrated so far
    rate: list[float]  # per hour
    since: list[int]  # ms of the last change of rate
    mark: list[int]  # generation; events of an older one are void
    halt_mark: list[int]
    detect_need: list[float]  # unit exponential of detection, less what was gathered
    detect_hazard: list[float]  # per hour of daylight, since `detect_since`
    detect_since: list[int]  # ms
    detect_mark: list[int]
    counted: list[int]  # ms up to which records were counted
    reached: list[list[int]]  # ms at which each level was reached, -1 where it was not
    attack_mark: list[int]
    ground: list[float]  # normal draw of the tempo


@dataclass
class Incidents:
    """The evidence ledger: what is known of each incident, with its hidden truth beside."""

    status: list[int]
    serial: list[int]
    truth: list[int]
    origin: list[int]
    began: list[int]
    level: list[int]  # assessed
    active: list[bool]  # assessed
    posterior: list[list[float]]
    signals: list[int]  # conclusive ones so far
    attempts: list[int]  # so far; the index of their draws
    allowed: list[int]  # attempts at which an incident is dismissed
    mark: list[int]
    case: list[int]


@dataclass
class Cases:
    """Open cases and what has come of each of their tiers."""

    serial: list[int]  # 0 where closed
    sector: list[int]  # of the initial breach
    origin: list[int]
    kind: list[int]  # incident kind of the initial breach
    clock: list[int]  # ms at which the clock started
    status: list[list[int]]
    missed: list[list[bool]]  # the stated deadline passed
    failed: list[list[bool]]  # nor did it come within the time allowed after its opening
    armed: list[list[bool]]  # a deadline has neither fired nor been cancelled
    opened_at: list[list[int]]  # ms
    arrived: list[list[float]]
    delivered_at: list[list[int]]  # ms
    withheld: list[list[bool]]  # local action not needed
    quiet_mark: list[int]
    posterior: list[float]  # that the bound party violated
    ordered: list[float]  # that its leadership ordered it
    evidence: list[int]  # serial of the last incident confirmed in it
    quiet: list[bool]  # whether the quiet hours are running


@dataclass
class State:
    """A run's state."""

    violations: Violations
    incidents: Incidents
    cases: Cases
    background: list[float]  # severity of the day's background by sector
    observed: list[float]  # severity of yesterday's background as observed
    seen_events: list[list[int]]  # (side, sector) observed today
    true_events: list[list[int]]
    jammed: list[bool]
    week: list[int]  # recorded violations of the last seven days
    ring: list[list[int]]  # by sector: times of the last incidents, newest first
    today: int = 0  # events recorded today so far
    incidents_opened: int = 0
    cases_opened: int = 0
    tension: float = 1.0
    readiness: list[float] = field(default_factory=list)
    restraint: float = 0.0
    restraint_half_life: float = 1.0
    truce: int = 0  # ms at which the last truce was made
    former: float = 0.0  # recorded violations a week before it
    relapsed: bool = False
    stance: int = 1
    stance_changes: int = 0
    standing_lost: float = 0.0
    standing_at: int = 0
    record: list[float] = field(default_factory=lambda: [0.0, 0.0])
    record_at: list[int] = field(default_factory=lambda: [0, 0])
    entered: int = -1  # ms at which the framework entered into force
    lapsed: bool = False  # its term has run out since
    remembered_at: list[list[float]] = field(
        default_factory=lambda: [[0.0] * MAX_TIERS for _ in range(2)]
    )  # (side, tier): h at which what is remembered was last brought up to date
    last_case: int = 0  # ms at which a case was last open
    unanswered: float = 0.0  # Russian violence known and not answered by partners, line-days
    base_tally: list[float] = field(default_factory=lambda: [0.0] * 4)
    base_count: float = 0.0
    war_need: float = 0.0  # unit exponential of direct war
    war_gathered: float = 0.0  # hazard of direct war integrated over the exchanges so far


BLANKS: dict[str, Callable[[], object]] = {
    "list[int]": int,
    "list[float]": float,
    "list[bool]": bool,
    "list[list[int]]": lambda: [-1] * LEVELS,
    "list[list[float]]": lambda: [0.0] * MAX_TIERS,
    "list[list[bool]]": lambda: [False] * MAX_TIERS,
}
"""What one slot of a field starts as, by the field's annotation (four categories, four tiers)."""


def _blank[T](kind: type[T], slots: int) -> T:
    """A table with every slot empty."""
    columns = {f.name: [BLANKS[str(f.type)]() for _ in range(slots)] for f in fields(kind)}  # type: ignore[arg-type]
    return kind(**columns)


def fresh(world: World) -> State:
    """The state at the start of a run."""
    violations = _blank(Violations, 2 * world.sectors)
    incidents = _blank(Incidents, 4 * world.sectors)
    cases = _blank(Cases, 2 * (world.sectors + 1))
    return State(
        violations,
        incidents,
        cases,
        background=[0.0] * world.sectors,
        observed=[0.0] * world.sectors,
        seen_events=[[0] * world.sectors for _ in range(2)],
        true_events=[[0] * world.sectors for _ in range(2)],
        jammed=[False] * world.sectors,
        week=[0] * 7,
        ring=[[-1] * RING for _ in range(world.sectors)],
        readiness=[world.p.readiness_initial] * 2,
    )

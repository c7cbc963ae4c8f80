"""How a scenario and a run's state lie in memory: two records, derived from the Mesa side's own tables.

Fields of the state carry a letter for the table they are in: ``v_`` violations, ``i_`` incidents, ``c_``
cases, ``t_`` totals, ``b_`` beliefs (0 Russia's, 1 Ukraine's own, 2 Ukraine's about its partners), ``a_``
the states that are called. Parameters keep their names; tiers have ``k_``, decision rules ``d_``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from functools import cache
from typing import Any

import numpy as np

from agents.rules.ladder import PLAN, STAGE
from environment.outcomes import Totals
from environment.state import BLANKS, RING, Cases, Incidents, State, Violations
from environment.world import LADDER_FIELDS, MAX_TIERS, World

BELIEFS = 3
WORDS: dict[str, tuple[str, ...]] = {
    "us_initial_stance": ("disengaged", "conditional", "committed"),
    "ladder_arm": ("opportunities", "reviews", "full"),
}
"""Parameters that are words, as their place in these tuples; decision rules are tabulated apart."""
RULES_OF = ("rules_russia", "rules_ukraine")
RULE_FIELDS = ("precision", "loss_aversion", "curvature", "weighting", "cost_scale", "gain_scale")

ENTRY = np.dtype([("time", "i8"), ("order", "i8"), ("mark", "i8"), ("detail", "i8"), ("next", "i8")])
"""An event to come: its instant, the rest of its key in one number, generation, detail; the next of its day."""
ROW = np.dtype(
    [(name, "i8") for name in ("time", "event", "actor", "sector", "level", "case", "clock", "tier")]
    + [("clause", "i8"), ("evidence", "i8"), ("x", "f8"), ("y", "f8"), ("z", "f8")]
)
"""One event of the log, field by field as `environment.log.Row`."""

type Sizes = tuple[int, int, int]
"""Number of sectors, states and targets."""


def sizes_of(world: World) -> Sizes:
    """The sizes that shape both records."""
    return world.sectors, len(world.weight), len(world.target_hours)


def _slots(prefix: str, kind: type, count: int) -> Iterator[tuple[Any, ...]]:
    for field in fields(kind):
        blank = BLANKS[str(field.type)]()
        inner = (len(blank),) if isinstance(blank, list) else ()
        first = blank[0] if isinstance(blank, list) else blank
        yield f"{prefix}{field.name}", "f8" if isinstance(first, float) else "i8", (count, *inner)


def _scalars(prefix: str, kind: type, skip: frozenset[str]) -> Iterator[tuple[Any, ...]]:
    """Plain numbers, and lists whose length is fixed, as the dataclass starts them."""
    for field in fields(kind):
        if field.name in skip or (field.default is MISSING and field.default_factory is MISSING):
            continue
        start: Any = field.default if field.default_factory is MISSING else field.default_factory()
        shape = np.shape(start)
        yield f"{prefix}{field.name}", "f8" if "float" in str(field.type) else "i8", shape


def _result() -> Iterator[tuple[Any, ...]]:
    yield from ((name, "i8") for name in ("now", "ending", "fault", "events"))
    yield from _scalars("t_", Totals, frozenset())


@cache
def result_dtype() -> np.dtype[Any]:
    """What a run leaves behind: the first fields of its state."""
    return np.dtype(list(_result()), align=True)


@cache
def state_dtype(sizes: Sizes) -> np.dtype[Any]:
    """The record of everything that changes during a run."""
    sectors, states, _ = sizes
    cases = 2 * (sectors + 1)
    rows = 256 + cases * MAX_TIERS * (states + 6)
    layout: list[tuple[Any, ...]] = [
        *_result(),
        *((name, "i8") for name in ("settled", "key0", "key1", "replication", "logs")),
        *((name, "i8") for name in ("sequence", "new", "noted")),
        *_slots("v_", Violations, 2 * sectors),
        *_slots("i_", Incidents, 4 * sectors),
        *_slots("c_", Cases, cases),
        *_scalars("", State, frozenset(("readiness",))),
        ("readiness", "f8", (2,)),
        ("background", "f8", (sectors,)),
        ("observed", "f8", (sectors,)),
        ("seen_events", "i8", (2, sectors)),
        ("true_events", "i8", (2, sectors)),
        ("jammed", "i8", (sectors,)),
        ("week", "i8", (7,)),
        ("ring", "i8", (sectors, RING)),
        ("b_a", "f8", (BELIEFS, MAX_TIERS)),
        ("b_b", "f8", (BELIEFS, MAX_TIERS)),
        ("b_at", "f8", (BELIEFS, MAX_TIERS)),
        ("a_mood", "f8", (states,)),
        ("a_fatigue", "f8", (states,)),
        ("a_tired_at", "f8", (states,)),
        ("variant", "i8", (2,)),
        ("willing", "i8", (states,)),
        ("options", "f8", (6,)),
        ("plan", PLAN, (2,)),
        ("stages", STAGE, (2,)),
        ("adds", ENTRY, (rows,)),
        ("rows", ROW, (rows,)),
    ]
    return np.dtype(layout, align=True)


@cache
def world_dtype(sizes: Sizes, parameters: tuple[tuple[str, str], ...]) -> np.dtype[Any]:
    """The record of a scenario: parameters by name, then the compiled tables."""
    sectors, states, targets = sizes
    tier, sided = (MAX_TIERS,), (2, MAX_TIERS)
    layout: list[tuple[Any, ...]] = [
        *parameters,
        ("sectors", "i8"),
        *((name, "f8", (sectors,)) for name in ("share", "salience", "coverage", "background", "capacity")),
        ("force", "f8", (2, sectors)),
        *((f"level_{name}", "f8", (6,)) for name in LADDER_FIELDS),
        ("hazard", "f8", (sectors, 6, 2)),
        ("seen", "f8", (sectors, 6)),
        ("confirm_rate", "f8", (sectors, 6)),
        ("target_weight", "f8", (targets,)),
        ("target_hours", "f8", (targets,)),
        ("weight", "i8", (states,)),
        *((name, "i8") for name in ("usa", "ukraine_state", "horizon", "repeated_count", "repeated_window")),
        ("binds", "i8", (2,)),
        *((name, "f8") for name in ("posterior_threshold", "materiality", "entry_day", "half_life")),
        *((name, "i8") for name in ("clock_from_breach", "line_scope", "quiet", "record_survives")),
        *((name, "i8") for name in ("entry_quiet", "on_line", "if_needed", "us_backs")),
        ("base_rate", "f8", (4,)),
        *((name, "f8") for name in ("dispute", "dispute_hours", "success")),
        *((name, "i8") for name in ("physical", "at_reviews", "tiers")),
        *((f"k_{name}", "i8", tier) for name in ("trigger", "opens", "deadline", "decision", "lead")),
        *((f"k_{name}", "i8", tier) for name in ("warns", "local", "partners")),
        *((f"k_{name}", "f8", tier) for name in ("expected", "quorum", "required", "deployed")),
        ("k_called", "i8", (*sided, states)),
        ("k_size", "i8", sided),
        *((f"k_{name}", "f8", sided) for name in ("weight", "denial", "punishment", "cost", "war_weight")),
        ("k_local_denial", "f8", sided),
        ("k_reliability", "f8", tier),
        ("delay_least", "f8", (MAX_TIERS, states)),
        ("delay_mean", "f8", (MAX_TIERS, states)),
        ("prior_a", "f8", (BELIEFS, MAX_TIERS)),
        ("prior_b", "f8", (BELIEFS, MAX_TIERS)),
        ("start_a", "f8", (BELIEFS, MAX_TIERS)),
        ("start_b", "f8", (BELIEFS, MAX_TIERS)),
        ("carried_kept", "f8", sided),
        ("carried_failed", "f8", sided),
        ("promised", "f8", (2, MAX_TIERS, 21)),
        ("promised_full", "f8", (2, MAX_TIERS)),
        ("base_will", "f8", (states,)),
        ("base_exposure", "f8", (states,)),
        ("reference_backing", "f8"),
        ("reference_stance", "f8"),
        ("scripted", "i8", (2,)),
        ("typed", "i8", (2,)),
        *((f"d_{name}", "f8", (2, 2)) for name in RULE_FIELDS),
        ("d_cost", "f8", (2, 2, MAX_TIERS)),
        ("side_forgone", "f8", (2, 6)),
        ("side_known", "f8", (sectors, 6)),
        ("side_base", "f8", (2, sectors)),
        ("plan", PLAN, (2, 2)),
        ("stages", STAGE, (2, 2, sectors, 2)),
        ("side_tripwire_cost", "f8", (2, 6)),
        ("side_tripwire_denial", "f8", (2,)),
    ]
    return np.dtype(layout, align=True)

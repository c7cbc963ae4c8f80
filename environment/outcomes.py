"""What a run is measured by: totals gathered as it goes, and the row of outcomes at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from environment.log import ENDINGS
from environment.rules.draws import DAY
from environment.rules.slow import post_ending_violence
from environment.world import World

type Outcome = int | float | str
type Column = NDArray[Any] | list[str]
type Ints = NDArray[np.int64]


@dataclass
class Totals:
    """Running totals of one run."""

    violence: float = 0.0  # line-days
    violations: list[list[list[int]]] = field(
        default_factory=lambda: [[[0] * 6 for _ in range(3)] for _ in range(2)]
    )  # by side, source, level reached
    recorded: int = 0
    days: int = 0
    unauthorised: list[int] = field(default_factory=lambda: [0, 0])  # events of background fire
    cases: int = 0
    tiers_called: list[int] = field(default_factory=lambda: [0] * 4)
    met: int = 0
    missed: int = 0
    late: int = 0
    delivered: list[int] = field(default_factory=lambda: [0] * 4)
    strength: float = 0.0  # sum over tiers called of the share of called weight that arrived
    false_responses: int = 0
    wrong: int = 0
    dismissed: int = 0
    verified: int = 0
    opportunities: int = 0
    exchanges: int = 0
    war_risk: float = 0.0  # sum of the chances of direct war of all exchanges
    outage_hours: float = 0.0
    ground: float = 0.0
    responder_cost: float = 0.0
    utility: list[float] = field(default_factory=lambda: [0.0, 0.0])
    abrogated_by: int = -1
    recommitments: int = 0
    relapse_days: float = 0.0
    relapses: int = 0
    stance: int = 1  # of the United States, at the ending
    # (side, tier): deliveries and failures, in observations as they have faded
    remembered_kept: list[list[float]] = field(default_factory=lambda: [[0.0] * 4 for _ in range(2)])
    remembered_failed: list[list[float]] = field(default_factory=lambda: [[0.0] * 4 for _ in range(2)])


def outcome_row(world: World, totals: Totals, ending: int, ended: int) -> dict[str, Outcome]:
    """The outcomes of one finished run; see `outcome_columns`."""
    table = {f.name: np.array([getattr(totals, f.name)]) for f in fields(Totals)}
    columns = outcome_columns(world, table, np.array([ending]), np.array([ended]))
    return {
        name: column[0].item() if hasattr(column[0], "item") else column[0]
        for name, column in columns.items()
    }


def outcome_columns(
    world: World, totals: Mapping[str, NDArray[Any]], ending: Ints, ended: Ints
) -> dict[str, Column]:
    """The outcomes of finished runs, the primary one first.

    Parameters
    ----------
    world
        The compiled scenario.
    totals
        Fields of `Totals` by name, each with a first axis of runs.
    ending
        (n,): index into ``ENDINGS``.
    ended
        (n,): time of the ending in ms.

    Returns
    -------
    dict
        ``violence`` in line-days (a day of open war along the whole line is 1) and the rest, each (n,).
    """
    p, t = world.p, totals
    intensities = (0.0, p.endings_collapse_intensity, p.endings_abrogation_intensity, p.war_intensity)
    days = ended / DAY
    over: Any = post_ending_violence  # the rule is for one run; Numba takes it element by element
    after = over(np.array(intensities)[ending], (world.horizon - ended) / DAY)
    called = t["tiers_called"].sum(axis=1)
    by_side = t["violations"].sum(axis=2)  # (n, side, level)
    columns: dict[str, Column] = {
        "violence": t["violence"] + after,
        "violence_before": t["violence"],
        "violence_after": after,
        "violence_per_day_at_risk": _per(t["violence"], days),
        "outage_hours_per_day": _per(t["outage_hours"], days),
        "ground_km2_per_day": _per(t["ground"], days),
        "ending": [ENDINGS[code] for code in ending.tolist()],
        "days_survived": days,
        "abrogated_by": [{0: "Russia", 1: "Ukraine"}.get(code, "") for code in t["abrogated_by"].tolist()],
        "recorded_per_day": _per(t["recorded"], t["days"]),
        "cases": t["cases"],
        "tiers_called": called,
        "deadlines_met": t["met"],
        "deadlines_missed": t["missed"],
        "deadlines_late": t["late"],
        "response_strength": _per(t["strength"], called),
        "false_responses": t["false_responses"],
        "wrong_attributions": t["wrong"],
        "verified": t["verified"],
        "dismissed": t["dismissed"],
        "opportunities": t["opportunities"],
        "exchanges": t["exchanges"],
        "war_risk": t["war_risk"],
        "outage_hours": t["outage_hours"],
        "ground_km2": t["ground"],
        "responder_cost": t["responder_cost"],
        "utility_russia": t["utility"][:, 0],
        "utility_ukraine": t["utility"][:, 1],
        "recommitments": t["recommitments"],
        "relapses": t["relapses"],
        "relapse_days": _per(t["relapse_days"], t["relapses"]),
        "stance_at_end": t["stance"],
    }
    for k in range(world.tiers.size):
        columns[f"tier_{k + 1}_called"] = t["tiers_called"][:, k]
        columns[f"tier_{k + 1}_delivered"] = t["delivered"][:, k]
    for side, suffix in enumerate(("", "_ukraine")):
        for k in range(world.tiers.size if world.binds[side] else 0):
            for kind in ("kept", "failed"):
                columns[f"remembered_{kind}_{k + 1}{suffix}"] = t[f"remembered_{kind}"][:, side, k]
    for level in range(1, 6):
        columns[f"violations_{level}"] = by_side[:, 0, level]
    for level in range(1, 6):
        columns[f"violations_{level}_ukraine"] = by_side[:, 1, level]
    for source, name in enumerate(("ordered", "unauthorised", "retaliation")):
        columns[f"violations_{name}"] = t["violations"][:, :, source].sum(axis=(1, 2))
    columns["unauthorised_russia"], columns["unauthorised_ukraine"] = t["unauthorised"].T
    return columns


def _per(amount: NDArray[Any], base: NDArray[Any]) -> NDArray[np.float64]:
    """An amount per unit of something that may be 0; then it is 0."""
    found = np.zeros(len(base))
    np.divide(amount, base, out=found, where=base > 0)
    return found

"""What a run is measured by: totals gathered as it goes, and the row of outcomes at its end."""

from __future__ import annotations

from dataclasses import dataclass, field

from environment.log import ENDINGS
from environment.rules.draws import DAY
from environment.rules.slow import post_ending_violence
from environment.world import World

type Outcome = int | float | str


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
    outage_hours: float = 0.0
    ground: float = 0.0
    responder_cost: float = 0.0
    utility: list[float] = field(default_factory=lambda: [0.0, 0.0])
    abrogated_by: int = -1
    recommitments: int = 0
    relapse_days: float = 0.0
    relapses: int = 0


def outcome_row(world: World, totals: Totals, ending: int, ended: int) -> dict[str, Outcome]:
    """The outcomes of a finished run, the primary one first.

    Parameters
    ----------
    world
        The compiled scenario.
    totals
        Its totals.
    ending
        Index into ``ENDINGS``.
    ended
        Time of the ending in ms.

    Returns
    -------
    dict
        ``violence`` in line-days (a day of open war along the whole line is 1) and the rest.
    """
    p = world.p
    intensity = (0.0, p.endings_collapse_intensity, p.endings_abrogation_intensity, p.war_intensity)[ending]
    days = ended / DAY
    after = post_ending_violence(intensity, (world.horizon - ended) / DAY)
    called = sum(totals.tiers_called)
    row: dict[str, Outcome] = {
        "violence": totals.violence + after,
        "violence_before": totals.violence,
        "violence_after": after,
        "violence_per_day_at_risk": totals.violence / days if days > 0 else 0.0,
        "outage_hours_per_day": totals.outage_hours / days if days > 0 else 0.0,
        "ground_km2_per_day": totals.ground / days if days > 0 else 0.0,
        "ending": ENDINGS[ending],
        "days_survived": days,
        "abrogated_by": {0: "Russia", 1: "Ukraine"}.get(totals.abrogated_by, ""),
        "recorded_per_day": totals.recorded / totals.days if totals.days else 0.0,
        "cases": totals.cases,
        "tiers_called": called,
        "deadlines_met": totals.met,
        "deadlines_missed": totals.missed,
        "deadlines_late": totals.late,
        "response_strength": totals.strength / called if called else 0.0,
        "false_responses": totals.false_responses,
        "wrong_attributions": totals.wrong,
        "verified": totals.verified,
        "dismissed": totals.dismissed,
        "opportunities": totals.opportunities,
        "exchanges": totals.exchanges,
        "outage_hours": totals.outage_hours,
        "ground_km2": totals.ground,
        "responder_cost": totals.responder_cost,
        "utility_russia": totals.utility[0],
        "utility_ukraine": totals.utility[1],
        "recommitments": totals.recommitments,
        "relapses": totals.relapses,
        "relapse_days": totals.relapse_days / totals.relapses if totals.relapses else 0.0,
    }
    for k in range(world.tiers.size):
        row[f"tier_{k + 1}_called"] = totals.tiers_called[k]
        row[f"tier_{k + 1}_delivered"] = totals.delivered[k]
    for level in range(1, 6):
        row[f"violations_{level}"] = sum(totals.violations[0][s][level] for s in range(3))
    for level in range(1, 6):
        row[f"violations_{level}_ukraine"] = sum(totals.violations[1][s][level] for s in range(3))
    for source, name in enumerate(("ordered", "unauthorised", "retaliation")):
        row[f"violations_{name}"] = sum(sum(totals.violations[side][source]) for side in range(2))
    row["unauthorised_russia"], row["unauthorised_ukraine"] = totals.unauthorised
    return row

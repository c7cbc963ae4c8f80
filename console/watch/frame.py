"""What the page shows of a run at one instant: plain values read off the model, which is not changed.

The evidence ledger and the hidden truth are kept apart: what happens stands under ``happens`` and ``truth``, all
else of the ledger is what monitors and parties know.
"""

from __future__ import annotations

from typing import Any

from console.watch.run import Watched
from environment import casebook, tables
from environment.agenda import Class
from environment.framework_text import clauses
from environment.log import ENDINGS, SOURCES, STANCES
from environment.parameters import level_names
from environment.rules.draws import HOUR
from environment.rules.monitoring import NOTHING
from environment.state import (
    CONFIRMED,
    DELIVERED,
    DROPPED,
    FREE,
    OPENED,
    SEEN,
    VERIFYING,
)
from environment.world import RUSSIA, SIDES

STATUS = {SEEN: "seen", VERIFYING: "being verified", CONFIRMED: "confirmed", DROPPED: "dismissed"}
INCIDENTS = ("Russia's violation", "Ukraine's violation", "background fire", "false report")
"""What an incident in truth is, by its kind; the ledger does not know it."""
CATEGORY_WORDS = ("nothing", "Russia, ordered", "Russia, unauthorised", "Ukraine")


def setting(watched: Watched) -> dict[str, Any]:
    """What does not change during a run: the line, the states, the tiers, the clauses.

    Returns
    -------
    dict
        Plain values for JSON: ``sectors`` from the south to the north, ``states`` in order of leadership, ``tiers``,
        ``clauses`` by id, ``levels`` (names from level 1 up), ``categories``, ``horizon`` (h).
    """
    world = watched.model.world
    said = {clause.id: clause.sentence for clause in clauses(world.framework)}
    return {
        "sectors": [
            {"name": s.name, "region": s.region, "km": s.length_km, "lat": s.lat, "lon": s.lon}
            for s in tables.sectors()
        ],
        "states": [
            {"code": s.iso3, "name": s.name, "group": s.group, "weight": s.weight, "km": s.km_to_kyiv}
            for s in tables.states()
        ],
        "tiers": [
            {
                "number": k + 1,
                "name": tier.name,
                "opens": tier.opens_hours.value,
                "deadline": tier.deadline_hours.value,
                "expected": tier.expected_hours.value,
            }
            for k, tier in enumerate(world.framework.tiers)
        ],
        "clauses": said,
        "levels": [name.replace("_", " ") for name in level_names()],
        "categories": list(CATEGORY_WORDS),
        "horizon": watched.horizon,
        "title": world.framework.title,
    }


def instant(watched: Watched) -> dict[str, Any]:
    """Hour, day and, once there is one, the ending; how the slow state stands."""
    run, state = watched.model, watched.model.state
    return {
        "hours": watched.hours,
        "day": int(watched.hours // 24),
        "over": watched.over,
        "ending": ENDINGS[run.ending] if watched.over else "",
        "stance": STANCES[state.stance],
        "deployed": casebook.deployed(run),
        "in_force": casebook.in_force(run),
        "tension": state.tension,
        "readiness": state.readiness[RUSSIA],
        "week": sum(state.week),
        "cases": state.cases_opened,
    }


def front(watched: Watched) -> list[dict[str, Any]]:
    """The sectors of the line: sensors, fire below materiality, what happens and what is known of it."""
    run = watched.model
    world, state, p = run.world, run.state, run.world.p
    found = []
    for sector in range(world.sectors):
        jammed = state.jammed[sector]
        sensors = world.coverage[sector] * (1.0 - p.monitoring_jamming_effect if jammed else 1.0)
        found.append(
            {
                "sensors": min(sensors, 1.0),
                "jammed": jammed,
                "fire": state.observed[sector],
                "happens": [each for side in (0, 1) if (each := _violation(watched, side, sector))],
            }
        )
    return found


def _violation(watched: Watched, side: int, sector: int) -> dict[str, Any] | None:
    run = watched.model
    v = run.state.violations
    slot = side * run.world.sectors + sector
    if v.level[slot] == 0:
        return None
    incident = run.state.incidents
    return {
        "side": SIDES[side],
        "level": v.level[slot],
        "source": SOURCES[v.source[slot]],
        "hours": watched.hours - v.began[slot] / HOUR,
        "seen": incident.status[slot] != FREE,
        "confirmed": incident.status[slot] == CONFIRMED,
    }


def ledger(watched: Watched) -> list[dict[str, Any]]:
    """The evidence ledger: each incident that is open, with its posterior; its hidden truth beside."""
    run = watched.model
    sectors, known, cases = run.world.sectors, run.state.incidents, run.state.cases
    found = []
    for slot, status in enumerate(known.status):
        if status == FREE:
            continue
        case = known.case[slot]
        found.append(
            {
                "serial": known.serial[slot],
                "sector": slot % sectors,
                "status": STATUS[status],
                "level": known.level[slot],
                "active": known.active[slot],
                "hours": watched.hours - known.began[slot] / HOUR,
                "attempts": known.attempts[slot],
                "allowed": known.allowed[slot],
                "posterior": list(known.posterior[slot]),
                "case": cases.serial[case] if case >= 0 else 0,
                "truth": INCIDENTS[slot // sectors],
                "category": CATEGORY_WORDS[known.truth[slot]],
                "false": known.truth[slot] == NOTHING,
            }
        )
    return sorted(found, key=lambda each: -int(each["serial"]))


def clocks(watched: Watched) -> list[dict[str, Any]]:
    """The open cases: hours since the initial breach, and how each tier stands against its deadline."""
    run = watched.model
    c, sectors = run.state.cases, run.world.sectors
    quiet = {entry.case: entry.time for entry in run.agenda.waiting(Class.QUIET)}
    found = []
    for slot, serial in enumerate(c.serial):
        if serial == 0:
            continue
        ends = quiet.get(slot, 0) if c.quiet[slot] else 0
        found.append(
            {
                "case": serial,
                "against": SIDES[slot // (sectors + 1)],
                "sector": c.sector[slot],
                "whole": slot % (sectors + 1) == sectors,
                "live": max(0.0, watched.hours - c.clock[slot] / HOUR),
                "posterior": c.posterior[slot],
                "ordered": c.ordered[slot],
                "evidence": c.evidence[slot],
                "closes": max(0.0, ends / HOUR - watched.hours) if ends else None,
                "tiers": [_tier(watched, slot, k) for k in range(run.world.tiers.size)],
            }
        )
    return sorted(found, key=lambda each: int(each["case"]))


def _tier(watched: Watched, slot: int, k: int) -> dict[str, Any]:
    run = watched.model
    c, tiers = run.state.cases, run.world.tiers
    side = slot // (run.world.sectors + 1)
    status, missed = c.status[slot][k], c.missed[slot][k]
    hours = watched.hours - c.clock[slot] / HOUR
    if status == DELIVERED:
        word = "delivered late" if missed else "met"
    elif missed:
        word = "missed"
    elif status == OPENED:
        word = "open"
    elif not casebook.in_force(run):
        word = "not in force"
    elif hours < tiers.opens[k] / HOUR:
        word = "ahead"
    else:
        word = "not triggered"
    weight = tiers.weight[side][k]
    return {
        "tier": k + 1,
        "word": word,
        "opens": tiers.opens[k] / HOUR,
        "deadline": tiers.deadline[k] / HOUR,
        "left": tiers.deadline[k] / HOUR - hours,
        "strength": c.arrived[slot][k] / weight if weight else 0.0,
        "required": tiers.required[k],
        "delivered": (c.delivered_at[slot][k] - c.clock[slot]) / HOUR if status == DELIVERED else None,
    }

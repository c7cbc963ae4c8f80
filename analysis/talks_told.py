"""One course of talks told: why it came to an agreement or not, the zone of agreement and the solutions.

Both faces, commands and console, say the same of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from agents.bargaining.solutions import solve, zone
from agents.talks.preferences import Preferences
from analysis.tables import finite
from environment.log import TALKS_ENDINGS
from environment.rules.draws import DAY
from environment.talks.packages import ALL, OPEN, PRINCIPALS, issues, package_words
from environment.talks.protocols import AGREED
from experiments.talks.course import Course, Meeting
from experiments.talks.measure import admitted, course_outcomes, zone_outcomes
from experiments.talks.setting import Setting
from experiments.talks.worth import Worth

POINTS = {
    "nash": "Nash",
    "kalai_smorodinsky": "Kalai-Smorodinsky",
    "egalitarian": "egalitarian",
    "welfare": "greatest welfare",
}
BATCHES = 8
"""Parts of the simulated runs, each left out once, for the Monte-Carlo error of the zone."""
PROTOCOLS = {
    "mediated": "the United States tables a text, the parties answer",
    "alternating": "alternating offers",
}
REASONS = {
    "deadline": "the deadline passed before the parties had conceded far enough",
    "walkout": "a party saw nothing on the table that was better than the war",
    "breakdown": "the talks broke down for reasons outside them",
    "horizon": "the time looked at was over",
    "exhaustion": "the war ended of exhaustion before they had",
}
"""Why there was no agreement, by the ending of the talks."""


def about(setting: Setting) -> str:
    """What is on the table and how the parties bargain over it, in one line."""
    values = setting.values
    return (
        f"{setting.space.size} packages of {open_issues(setting)} issues; {PROTOCOLS[str(values['talks.protocol'])]}; "
        f"Russia {values['talks.russia']}, Ukraine {values['talks.ukraine']}"
    )


def open_issues(setting: Setting) -> int:
    """How many issues are named as open; one that merely follows another is not."""
    named = str(setting.values[OPEN])
    return len(issues()) if named == ALL else len(set(named.split()))


def why(talks: Meeting) -> str:
    """In one sentence, why there was an agreement or none."""
    both = zone(talks.gains[:, PRINCIPALS])
    if talks.outcome == AGREED:
        return f"Agreement after {talks.rounds} round{'' if talks.rounds == 1 else 's'}."
    if not both.any():
        return "No agreement: no package on the table is better than war for both."
    if not (both & talks.open).any():
        return "No agreement: what both prefer to war is vetoed by those who would have to underwrite it."
    return f"No agreement although there was a zone: {REASONS[TALKS_ENDINGS[talks.outcome]]}."


def summary(setting: Setting, worth: Worth, found: Course, seed: int, replication: int) -> dict[str, Any]:
    """A course as plain JSON values.

    Returns
    -------
    dict
        ``agreed, package`` (option by issue, or null), ``rounds, zone`` (``size``: packages in it, ``share`` of those
        on the table, with and without a response), ``solutions`` (package and gains), ``distances``, ``truces``
        and all ``outcomes``.
    """
    first = found.meetings[0]
    outcomes = course_outcomes(setting, worth, found)
    agreed = first.outcome == AGREED
    code = int(setting.space.codes[first.agreed]) if agreed else None
    return {
        "scenario": setting.name,
        "seed": seed,
        "replication": replication,
        "agreed": agreed,
        "package": None if code is None else package_words(code),
        "rounds": first.rounds,
        "ending": TALKS_ENDINGS[first.outcome],
        "zone": zone_sizes(first, worth, outcomes),
        "solutions": solutions(setting, first),
        "distances": {n: finite(outcomes[f"from_{n}"]) for n in ("pareto", *POINTS)},
        "truces": [
            {
                "package": package_words(truce.code),
                "began_day": truce.began / DAY,
                "days": truce.days,
                "ending": truce.outcomes["ending"],
            }
            for truce in found.truces
        ],
        "outcomes": {key: finite(value) for key, value in outcomes.items()},
    }


def zone_sizes(first: Meeting, worth: Worth, outcomes: Mapping[str, Any]) -> dict[str, Any]:
    """Size and share of the zone, whole, and with and without a response."""
    both = zone(first.gains[:, PRINCIPALS]) & first.open
    return {
        "size": int(both.sum()),
        "share": finite(outcomes["zone"]),
        "packages": len(both),
        "with_response": {
            "size": int((both & worth.responds).sum()),
            "share": finite(outcomes["zone_with_response"]),
        },
        "without_response": {
            "size": int((both & ~worth.responds).sum()),
            "share": finite(outcomes["zone_without_response"]),
        },
    }


def solutions(setting: Setting, first: Meeting) -> dict[str, Any]:
    """The solutions over the packages without a veto: package and gains of Russia and Ukraine (null: none)."""
    places = np.flatnonzero(first.open)
    if not len(places):
        return dict.fromkeys(POINTS)
    gains = first.gains[places][:, PRINCIPALS]
    found = solve(gains)
    return {
        name: None
        if (place := getattr(found, name)) < 0
        else {
            "package": package_words(int(setting.space.codes[places[place]])),
            "gains": {"Russia": float(gains[place, 0]), "Ukraine": float(gains[place, 1])},
        }
        for name in POINTS
    }


def with_absolute_red_lines(setting: Setting, worth: Worth, found: Course) -> Mapping[str, Any]:
    """The zone if red lines were refusals rather than costs."""
    values = {**found.values, "talks.red_lines": "absolute"}
    gains = Preferences(setting.space, values, worth.table()).gains(float(values["forecast.donetsk_km2"]))
    first = replace(found.meetings[0], gains=gains, open=admitted(setting, gains))
    return zone_outcomes(first, worth.responds)

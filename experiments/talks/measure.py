"""What a course is measured by: the zone of agreement, what was agreed, how far from the solutions, what followed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from agents.bargaining.solutions import RULES, distances, zone
from agents.talks.preferences import REFUSED, admitted_by_europe, admitted_by_us
from environment.log import TALKS_ENDINGS
from environment.outcomes import Outcome
from environment.rules.draws import DAY
from environment.talks.packages import EUROPE, PRINCIPALS, RUSSIA, UKRAINE, US, issues, options_of
from environment.talks.protocols import AGREED
from experiments.talks.course import Course, Meeting
from experiments.talks.setting import Setting
from experiments.talks.worth import Worth

type Floats = NDArray[np.float64]
type Bools = NDArray[np.bool_]

WAR, DIRECT_WAR = 1.0, "direct_war"
SOLUTIONS = ("pareto", *RULES)
"""Points that an agreement's distance is measured from; `pareto` is the nearest on the front within the zone."""


def share(part: Bools, whole: Bools) -> float:
    """Share of packages of a set that are in another; NaN of an empty set."""
    size = int(whole.sum())
    return int((part & whole).sum()) / size if size else math.nan


def room(gains: Floats, among: Bools) -> float:
    """The greatest gain that both principals can have at once: how deep the zone is, below 0 where there is none."""
    if not among.any():
        return math.nan
    best = float(gains[among][:, PRINCIPALS].min(axis=1).max())
    return best if best > REFUSED / 2.0 else math.nan  # every package crosses a red line that is a refusal


def admitted(setting: Setting, gains: Floats) -> Bools:
    """(P,): packages that nobody consulted vetoes; gains (P, 4)."""
    space = setting.space
    by_us = admitted_by_us(space, gains[:, US], setting.values["talks.conditionality"])
    return np.asarray(by_us & admitted_by_europe(space, gains[:, EUROPE]))


def in_zone(setting: Setting, gains: Floats) -> Bools:
    """(P,): packages that both principals prefer to war and nobody consulted vetoes; gains (P, 4)."""
    return np.asarray(admitted(setting, gains) & zone(gains[:, PRINCIPALS]))


def zone_outcomes(meeting: Meeting, responds: Bools) -> dict[str, Outcome]:
    """The zone of agreement when talks began.

    Parameters
    ----------
    meeting
        The talks.
    responds
        (P,): packages under which somebody is bound to respond.

    Returns
    -------
    dict
        ``zone`` (share of the packages on the table that both principals prefer to war and nobody consulted
        vetoes), the same with and without a response, and each party's share by itself.
    """
    accepts = meeting.gains >= 0.0
    on_offer = np.ones(len(accepts), np.bool_)
    both = zone(meeting.gains[:, PRINCIPALS]) & meeting.open
    with_response, without = on_offer & responds, on_offer & ~responds
    return {
        "zone": share(both, on_offer),
        "zone_exists": float(both.any()),
        "zone_with_response": share(both, with_response),
        "zone_without_response": share(both, without),
        "room": room(meeting.gains, meeting.open),
        "room_with_response": room(meeting.gains, meeting.open & responds),
        "room_without_response": room(meeting.gains, meeting.open & ~responds),
        "accepts_russia": share(accepts[:, RUSSIA], on_offer),
        "accepts_ukraine": share(accepts[:, UKRAINE], on_offer),
        "accepts_russia_with_response": share(accepts[:, RUSSIA], with_response),
        "accepts_ukraine_with_response": share(accepts[:, UKRAINE], with_response),
        "accepts_russia_without_response": share(accepts[:, RUSSIA], without),
        "accepts_ukraine_without_response": share(accepts[:, UKRAINE], without),
        "admitted": share(meeting.open, on_offer),
        "accepts_us_with_response": share(accepts[:, US], with_response),
        "accepts_europe_with_response": share(accepts[:, EUROPE], with_response),
    }


def course_outcomes(setting: Setting, worth: Worth, course: Course) -> dict[str, Outcome]:
    """The outcomes of a course, the primary one first.

    Returns
    -------
    dict
        ``violence`` in line-days over the whole course (a day of war between truces is 1), then the rest.
    """
    first = course.meetings[0]
    peace = sum(truce.days for truce in course.truces)
    fought = _fought(course)
    agreed = float(first.outcome == AGREED)
    last = course.truces[-1].outcomes if course.truces else {}
    return {
        "violence": fought + sum(float(t.outcomes["violence_before"]) for t in course.truces),
        "agreed": agreed,
        "agreed_with_response": float(agreed > 0.0 and bool(worth.responds[first.agreed])),
        "agreements": sum(m.outcome == AGREED for m in course.meetings),
        "truces": len(course.truces),
        "days_to_agreement": (first.ended - first.began) / DAY if agreed else math.nan,
        "rounds": first.rounds,
        "talks_ending": TALKS_ENDINGS[first.outcome],
        **zone_outcomes(first, worth.responds),
        **_bargain(first, agreed > 0.0),
        **_terms(setting, first),
        "days_survived": peace,
        "days_at_war": course.fought / DAY,
        "war_ended": float(course.exhausted),
        "ending": str(last.get("ending", "no_truce")),
        "collapses": sum(t.outcomes["ending"] in ("collapse", "abrogation") for t in course.truces),
        "direct_war": float(last.get("ending") == DIRECT_WAR),
        "broken_off_by": {-1: "", RUSSIA: "Russia", UKRAINE: "Ukraine"}[course.broken_off_by],
        "trust": course.trusts[-1] if course.trusts else math.nan,
        "ground_km2": course.front.taken,
        "responder_cost": sum(float(t.outcomes["responder_cost"]) for t in course.truces),
    }


def _fought(course: Course) -> float:
    """Line-days of war outside truces; after direct war, its own intensity to the end."""
    days = course.fought / DAY * WAR
    if course.truces and course.truces[-1].outcomes["ending"] == DIRECT_WAR:
        days += float(course.truces[-1].outcomes["violence_after"])
    return days


def _bargain(meeting: Meeting, agreed: bool) -> dict[str, Outcome]:
    """What the agreement gave to each, and how far it is from the solutions (NaN where there is none)."""
    if not agreed:
        return dict.fromkeys(
            ("gain_russia", "gain_ukraine", *(f"from_{name}" for name in SOLUTIONS)), math.nan
        )
    gains = meeting.final[:, PRINCIPALS]
    places = np.flatnonzero(meeting.left)
    found = distances(gains[places], int(np.searchsorted(places, meeting.agreed)))
    return {
        "gain_russia": float(gains[meeting.agreed, 0]),
        "gain_ukraine": float(gains[meeting.agreed, 1]),
        **{f"from_{name}": float(found[name]) for name in SOLUTIONS},
    }


def _terms(setting: Setting, meeting: Meeting) -> dict[str, Outcome]:
    """What the first talks agreed, issue by issue (empty where they did not)."""
    options = options_of(int(setting.space.codes[meeting.agreed])) if meeting.outcome == AGREED else None
    return {
        f"agreed_{issue.name}": options[number].name if options else ""
        for number, issue in enumerate(issues())
    }


OUTCOMES = (
    "violence",
    "agreed",
    "agreed_with_response",
    "agreements",
    "truces",
    "days_to_agreement",
    "rounds",
    "zone",
    "zone_exists",
    "zone_with_response",
    "zone_without_response",
    "room",
    "room_with_response",
    "room_without_response",
    "accepts_russia",
    "accepts_ukraine",
    "accepts_russia_with_response",
    "accepts_ukraine_with_response",
    "accepts_russia_without_response",
    "accepts_ukraine_without_response",
    "admitted",
    "accepts_us_with_response",
    "accepts_europe_with_response",
    "gain_russia",
    "gain_ukraine",
    *(f"from_{name}" for name in SOLUTIONS),
    "days_survived",
    "days_at_war",
    "war_ended",
    "collapses",
    "direct_war",
    "trust",
    "ground_km2",
    "responder_cost",
)
"""Outcomes that are numbers; those about an agreement are NaN where there is none."""

"""The protocol of the tiers, case by case: who acts when. Every case is a sentence; clocks are exact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from environment import accounts, casebook, violations
from environment.agenda import Class
from environment.log import Event
from environment.model import CeasefireModel
from environment.rules.draws import HOUR
from environment.state import ORDERED, UNAUTHORISED
from environment.world import RUSSIA, UKRAINE
from tests.support import (
    FRAMEWORKS,
    Told,
    begins,
    ceases,
    escalates,
    falsely_reported,
    hours,
    play,
    scenario_of,
    sees,
    told,
)

OPENED, DELIVERED, MISSED = Event.TIER_OPENED, Event.TIER_DELIVERED, Event.DEADLINE_MISSED
DECIDED, ARRIVED, CANCELLED = Event.RESPONSE_DECIDED, Event.RESPONSE_ARRIVED, Event.DEADLINE_CANCELLED
CASES: list[Any] = []
INDEPENDENT = {
    "cohesion__will": 0.0,
    "cohesion__solidarity": 0.0,
    "cohesion__exposure": 0.0,
    "cohesion__fatigue": 0.0,
    "response__severity": 0.0,
    "response__backing": 0.0,
    "response__doubt": 0.0,
    "response__record": 0.0,
}
"""Every state decides for itself with its reliability, whatever the case."""


def case(number: str, sentence: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Enter a case of the suite."""

    def enter(check: Callable[[], None]) -> Callable[[], None]:
        CASES.append(pytest.param(check, id=f"{number} {sentence}"))
        return check

    return enter


@pytest.mark.parametrize("check", CASES)
def test_protocol(check: Callable[[], None]) -> None:
    check()


def tiers_opened(run: Told, case: int = 1) -> dict[int, int]:
    """Clock at which each tier of a case opened, in ms."""
    return {row.tier: row.clock for row in run.find(OPENED, case=case)}


def at(**tier_hours: float) -> dict[int, int]:
    """What `tiers_opened` should be: tier_1=0, tier_2=24 ..."""
    return {int(k[-1]): round(h * HOUR) for k, h in tier_hours.items()}


def honoured(run: Told, tier: int, case: int = 1) -> list[bool]:
    """What those called at a tier decided, in their order."""
    return [bool(row.x) for row in run.find(DECIDED, tier=tier, case=case)]


# -- the clock -------------------------------------------------------------------------------------


@case("P01", "a breach confirmed at once is answered by a warning at hour 0")
def _() -> None:
    run = play(begins(31))
    assert run.times(Event.CASE_OPENED) == hours(31)
    assert run.clocks(OPENED, tier=1) == run.clocks(Event.WARNING_DELIVERED) == hours(0)
    assert run.find(OPENED, tier=1)[0].time == 31 * HOUR


@case("P02", "tier 2 opens at exactly 24 h if hostilities go on")
def _() -> None:
    run = play(begins(31, level=4))
    assert tiers_opened(run)[2] == 24 * HOUR
    assert run.times(OPENED, tier=2) == hours(31 + 24)


@case("P03", "a violation that ceases at hour 23 never calls tier 2")
def _() -> None:
    run = play(begins(0), ceases(23))
    assert tiers_opened(run) == at(tier_1=0)
    assert not run.find(DECIDED, tier=2)


@case("P04", "a violation that ceases one ms after hour 24 has called tier 2")
def _() -> None:
    assert tiers_opened(play(begins(0), ceases(24 + 1 / HOUR))) == at(tier_1=0, tier_2=24)


@case("P05", "a violation seen to cease at exactly hour 24 does not call tier 2: what is seen comes first")
def _() -> None:
    assert tiers_opened(play(begins(0), ceases(24))) == at(tier_1=0)


@case("P06", "tier 3 opens at exactly 72 h of an expanded attack that goes on")
def _() -> None:
    assert tiers_opened(play(begins(0))) == at(tier_1=0, tier_2=24, tier_3=72)


@case("P07", "tier 3 opens at 72 h of the initial breach, not of the escalation")
def _() -> None:
    run = play(begins(0, level=4), escalates(50))
    assert tiers_opened(run)[2] == 24 * HOUR
    assert tiers_opened(run)[3] == 72 * HOUR


@case("P08", "an expanded attack that begins at hour 80 calls tier 3 at hour 80")
def _() -> None:
    assert tiers_opened(play(begins(0, level=4), escalates(80)))[3] == 80 * HOUR


@case("P09", "a local incursion that goes on for ten days never calls tier 3")
def _() -> None:
    run = play(begins(0, level=4), scenario__days=10)
    assert set(tiers_opened(run)) == {1, 2}


@case("P10", "an expanded attack that ceases at hour 71 never calls tier 3, which was not its hour yet")
def _() -> None:
    assert set(tiers_opened(play(begins(0), ceases(71)))) == {1, 2}


@case("P11", "the clock is the breach's even when the day and the hour are odd")
def _() -> None:
    run = play(begins(100.123456))
    assert run.times(OPENED) == [round(100.123456 * HOUR) + h for h in hours(0, 24, 72)]
    assert tiers_opened(run) == at(tier_1=0, tier_2=24, tier_3=72)


@case(
    "P12", "in the scenario `certain` the drawn attack calls the tiers at 0, 24 and 72 h, whatever the seed"
)
def _() -> None:
    for seed in range(1, 6):
        run = told("multi-tier", scenario="certain", seed=seed)
        assert tiers_opened(run) == at(tier_1=0, tier_2=24, tier_3=72)
        assert run.clocks(Event.WARNING_DELIVERED) == hours(0)


@case("P13", "tiers agreed to open at 12, 30 and 60 h open at exactly those hours")
def _() -> None:
    run = play(
        begins(5),
        framework__tier_1__opens_hours=12,
        framework__tier_2__opens_hours=30,
        framework__tier_3__opens_hours=60,
    )
    assert tiers_opened(run) == at(tier_1=12, tier_2=30, tier_3=60)


# -- ceasing, quiet, resuming ----------------------------------------------------------------------


@case("P14", "the case closes exactly 48 quiet hours after hostilities were seen to cease")
def _() -> None:
    run = play(begins(0), ceases(23))
    assert run.times(Event.CASE_CLOSED) == hours(23 + 48)


@case("P15", "quiet hours of another length close the case after that length")
def _() -> None:
    run = play(begins(0), ceases(10), framework__case__quiet_hours=24)
    assert run.clocks(Event.CASE_CLOSED) == hours(34)


@case("P16", "a case in which hostilities go on never closes")
def _() -> None:
    assert not play(begins(0)).find(Event.CASE_CLOSED)


@case("P17", "quiet hours close the case; a new breach gets a new case and a new clock")
def _() -> None:
    run = play(begins(0), ceases(23), begins(80))
    assert run.times(Event.CASE_OPENED) == hours(0, 80)
    assert tiers_opened(run, 2) == at(tier_1=0, tier_2=24, tier_3=72)
    assert run.times(OPENED, case=2) == hours(80, 104, 152)


@case("P18", "resuming within the quiet hours keeps the clock: tier 2 is called at once at hour 30")
def _() -> None:
    run = play(begins(0), ceases(23), begins(30))
    assert run.times(Event.CASE_OPENED) == hours(0)
    assert run.clocks(Event.CASE_JOINED) == hours(30)
    assert tiers_opened(run) == at(tier_1=0, tier_2=30, tier_3=72)


@case("P19", "resuming one ms before the quiet hours end still keeps the clock")
def _() -> None:
    run = play(begins(0), ceases(23), begins(71 - 1 / HOUR))
    assert len(run.find(Event.CASE_OPENED)) == 1
    assert tiers_opened(run)[2] == 71 * HOUR - 1


@case("P20", "resuming at the very end of the quiet hours is a new breach")
def _() -> None:
    run = play(begins(0), ceases(23), begins(71))
    assert run.times(Event.CASE_OPENED) == hours(0, 71)


@case("P21", "stopping at hour 23 and starting again after the quiet hours calls tier 1 alone each time")
def _() -> None:
    acts = [act for k in range(4) for act in (begins(k * 72), ceases(k * 72 + 23))]
    run = play(*acts)
    assert len(run.find(Event.CASE_OPENED)) == 4
    assert {row.tier for row in run.find(OPENED)} == {1}


@case("P22", "a tier delivered before a lull is not called again in the same case")
def _() -> None:
    run = play(begins(0), ceases(30), begins(40), ceases(50), begins(60))
    assert run.clocks(OPENED, tier=2) == hours(24)
    assert len(run.find(OPENED)) == 2 + len(run.find(OPENED, tier=3))


@case("P23", "what a case had called but not received is cancelled when it closes")
def _() -> None:
    run = play(begins(0), ceases(30), framework__case__quiet_hours=12, response__preagreed_minimum_hours=40)
    assert run.clocks(OPENED, tier=2) == hours(24)
    assert run.clocks(CANCELLED, tier=2) == run.clocks(Event.CASE_CLOSED) == hours(42)
    assert not run.find(DELIVERED, tier=2) and not run.find(MISSED)
    assert not run.find(ARRIVED, tier=2)


@case("P24", "fire below materiality leaves the sector quiet: it does not put off the closing of a case")
def _() -> None:
    run = play(begins(0), ceases(23), begins(40, level=1), ceases(41))
    assert run.find(Event.RECORDED)
    assert run.times(Event.CASE_CLOSED) == hours(23 + 48)


@case("P25", "fire below materiality that goes on does not keep a case open for ever")
def _() -> None:
    run = play(begins(0), ceases(23), begins(40, level=1))
    assert len(run.find(Event.CASE_CLOSED)) == 1


# -- what is a breach ------------------------------------------------------------------------------


@case("P26", "below materiality nothing is a breach: it is recorded and opens no case")
def _() -> None:
    run = play(begins(0, level=1), scenario__days=5)
    assert len(run.find(Event.RECORDED)) >= 1
    assert (
        not run.find(Event.VERIFICATION_BEGINS) and not run.find(Event.CASE_OPENED) and not run.find(OPENED)
    )


@case("P27", "severity that just reaches the materiality threshold is a breach, just below it is not")
def _() -> None:
    reached = play(begins(0, level=2), framework__breach__materiality=0.2, scenario__days=3)
    below = play(begins(0, level=2), framework__breach__materiality=0.2001, scenario__days=3)
    assert reached.find(Event.CASE_OPENED) and not below.find(Event.CASE_OPENED)


@case("P28", "a dismissed incident opens nothing")
def _() -> None:
    run = play(falsely_reported(5), framework__breach__materiality=0.01, scenario__days=5)
    assert run.times(Event.DISMISSED) == hours(5)
    assert not run.find(Event.CASE_OPENED) and not run.find(OPENED) and not run.find(DECIDED)


@case("P29", "where only repeated incidents count, the first two open nothing and the third does")
def _() -> None:
    acts = [begins(0), ceases(1), begins(30), ceases(31), begins(60), ceases(61)]
    run = play(*acts, framework__breach__counts="repeated")
    assert run.times(Event.CASE_OPENED) == hours(60)
    assert run.times(Event.RECORDED)[:2] == hours(0, 30)


@case("P30", "where only repeated incidents count, three spread over more than the window open nothing")
def _() -> None:
    acts = [begins(0), ceases(1), begins(80), ceases(81), begins(169), ceases(170)]
    run = play(*acts, framework__breach__counts="repeated")
    assert not run.find(Event.CASE_OPENED)


@case("P31", "incidents below materiality count towards repetition")
def _() -> None:
    acts = [begins(0, level=1), ceases(1), begins(30, level=1), ceases(31), begins(60), ceases(61)]
    assert play(*acts, framework__breach__counts="repeated").times(Event.CASE_OPENED) == hours(60)


@case("P32", "background fire that is material together opens a case, and sends no force")
def _() -> None:
    run = play(
        background__russia_per_day=60,
        background__severity_per_event=0.03,
        background__flare_up_events=400,
        truce__restraint=0.0,
        tension__gain=0.0,
        scenario__days=6,
        ladder__harassing_fire__attributability=1.0,
    )
    opened = run.find(Event.CASE_OPENED)
    assert opened and all(row.clock == 24 * HOUR for row in opened)  # the day that was counted
    assert not run.find(Event.VIOLATION_BEGINS)
    assert {row.tier for row in run.find(ARRIVED)} <= {1}


@case("P33", "harassing fire that becomes an attack at hour 50 is a breach from hour 50 on")
def _() -> None:
    run = play(begins(0, level=1), escalates(50), escalates(50), escalates(50), escalates(50))
    assert run.times(OPENED) == hours(50, 74, 122)


# -- where: sectors and the line -------------------------------------------------------------------


@case("P34", "simultaneous breaches in two sectors are two cases with two clocks")
def _() -> None:
    run = play(begins(0, sector=3), begins(10, sector=7), framework__case__scope="sector")
    assert [(r.time, r.sector) for r in run.find(Event.CASE_OPENED)] == [(0, 3), (10 * HOUR, 7)]
    assert run.times(OPENED, case=1) == hours(0, 24, 72)
    assert run.times(OPENED, case=2) == hours(10, 34, 82)


@case("P35", "where the case is the whole line's, a breach elsewhere joins it and keeps its clock")
def _() -> None:
    run = play(begins(0, sector=3), begins(10, sector=7), framework__case__scope="line")
    assert run.times(Event.CASE_OPENED) == hours(0)
    assert [(r.clock, r.sector) for r in run.find(Event.CASE_JOINED)] == [(10 * HOUR, 7)]
    assert run.times(OPENED) == hours(0, 24, 72)


@case("P36", "hopping to another sector escapes tier 2 where cases are per sector")
def _() -> None:
    acts = [begins(0, sector=0), ceases(23, sector=0), begins(23.5, sector=1), ceases(46, sector=1)]
    assert {r.tier for r in play(*acts).find(OPENED)} == {1}


@case("P37", "hopping to another sector does not escape tier 2 where the case is the whole line's")
def _() -> None:
    acts = [begins(0, sector=0), ceases(23, sector=0), begins(23.5, sector=1), ceases(46, sector=1)]
    run = play(*acts, framework__case__scope="line")
    assert tiers_opened(run) == at(tier_1=0, tier_2=24)


@case("P38", "breaches that begin at the same instant are taken in the order of their sectors")
def _() -> None:
    run = play(begins(6, sector=8), begins(6, sector=2))
    assert [r.sector for r in run.find(Event.CASE_OPENED)] == [2, 8]


@case("P39", "two breaches in two sectors ask the same states twice, each for its own case")
def _() -> None:
    run = play(begins(0, sector=0), begins(0, sector=1))
    first, second = run.find(DECIDED, tier=2, case=1), run.find(DECIDED, tier=2, case=2)
    assert [r.actor for r in first] == [r.actor for r in second] and len(first) == len(set(first)) > 20


# -- finding out -----------------------------------------------------------------------------------


@case("P40", "verification later than a deadline skips no tier: it is late, counted, and acts")
def _() -> None:
    run = play(begins(0), verification__delay_hours=100)  # at least 40 h
    verified = run.clocks(Event.CASE_OPENED)[0]
    assert 40 * HOUR <= verified <= 160 * HOUR
    assert tiers_opened(run)[1] == tiers_opened(run)[2] == verified
    assert run.find(OPENED, tier=1)[0].x == 1  # late
    assert run.clocks(MISSED, tier=1) == [verified]
    assert run.clocks(DELIVERED, tier=1) == [verified]
    assert run.find(DELIVERED, tier=1)[0].y == 1  # late
    assert run.outcomes["deadlines_late"] == sum(r.x == 1 for r in run.find(OPENED)) >= 1


@case("P41", "verification after hour 72 opens all three tiers at once, in order")
def _() -> None:
    run = play(begins(0), verification__delay_hours=200)  # at least 80 h
    opened = run.find(OPENED)
    assert [r.tier for r in opened] == [1, 2, 3] and len({r.time for r in opened}) == 1


@case("P42", "a breach verified after it ceased is warned about, and calls no force")
def _() -> None:
    run = play(begins(0), ceases(39), verification__delay_hours=100)
    assert run.find(Event.CASE_OPENED) and set(tiers_opened(run)) == {1}


@case("P43", "where the clock starts at verification, tiers open 0, 24 and 72 h after it")
def _() -> None:
    run = play(begins(0), framework__clock__starts="verification", verification__delay_hours=20)
    verified = run.times(Event.VERIFIED)[0]
    assert 8 * HOUR <= verified <= 32 * HOUR
    assert run.clocks(Event.CASE_OPENED) == [0]
    assert run.times(OPENED) == [verified + h for h in hours(0, 24, 72)]
    assert run.clocks(OPENED) == hours(0, 24, 72)


@case(
    "P44", "a finding disputed between the parties takes the parties' time; by a commission or the US theirs"
)
def _() -> None:
    for by, key, delay in (("commission", "commission", 12), ("parties", "parties", 48), ("us", "us", 6)):
        run = play(
            begins(0),
            framework__attribution__by=by,
            **{f"attribution__{key}__dispute": 1.0, f"attribution__{key}__dispute_hours": delay},
        )
        assert run.times(Event.VERIFIED) == hours(delay)
        assert run.times(OPENED, tier=1) == hours(delay)


@case("P45", "parties who never agree on a finding dismiss it after the last attempt, and nobody acts")
def _() -> None:
    run = play(
        begins(0),
        framework__attribution__by="parties",
        attribution__parties__success=0.0,
        verification__attempts=3,
        verification__relook_hours=24,
    )
    assert run.times(Event.INCONCLUSIVE) == hours(0, 24) and run.times(Event.DISMISSED) == hours(48)
    assert not run.find(OPENED)


@case(
    "P46", "an inconclusive attempt is made again while hostilities go on; the tiers wait, the clock does not"
)
def _() -> None:
    for seed in range(1, 30):
        run = play(begins(0), seed=seed, verification__success=0.5, verification__relook_hours=30)
        if run.times(Event.INCONCLUSIVE) == hours(0):
            assert tiers_opened(run) == at(tier_1=30, tier_2=30, tier_3=72)
            return
    raise AssertionError("no seed with a first attempt that fails and a second that does not")


@case("P47", "a posterior threshold above what evidence can give confirms nothing")
def _() -> None:
    run = play(begins(0, level=2), ladder__sustained_shelling__attributability=0.0, scenario__days=8)
    assert not run.find(Event.VERIFIED) and not run.find(OPENED)


@case("P48", "a violation by an undisciplined unit is warned about, and no state sends force over it")
def _() -> None:
    run = play(begins(0, source=UNAUTHORISED))
    assert run.clocks(DELIVERED, tier=1) == hours(0)
    assert set(honoured(run, 2)) == set(honoured(run, 3)) == {False}
    assert not run.find(ARRIVED, tier=2) and not run.find(ARRIVED, tier=3)


@case("P49", "responders go by the ledger: an end that nobody has seen yet still calls tier 2")
def _() -> None:
    calls = set()
    for seed in range(1, 9):
        run = play(begins(0), ceases(20), seed=seed, monitoring__watch_delay_hours=6)
        seen = run.times(Event.OBSERVED)[0]
        assert (2 in tiers_opened(run)) == (seen > 24 * HOUR)
        assert run.times(Event.CASE_CLOSED) == [seen + 48 * HOUR]
        calls.add(2 in tiers_opened(run))
    assert calls == {True, False}


# -- who answers -----------------------------------------------------------------------------------


@case("P50", "tier 1 calls Ukraine, tier 2 the coalition with the UK and France first, tier 3 the US first")
def _() -> None:
    run = play(begins(0))
    called = {
        k: [e["actor"] for e in run.log if e["event"] == "response_decided" and e["tier"] == k]
        for k in (1, 2, 3)
    }
    assert called[1] == ["Ukraine"]
    assert called[2][:2] == ["United Kingdom", "France"] and "United States" not in called[2]
    assert called[3][0] == "United States" and called[3][1:] == called[2]


@case("P51", "promises of reliability 1 are all honoured, and their tiers delivered in full")
def _() -> None:
    run = play(begins(0))
    assert all(honoured(run, 1) + honoured(run, 2) + honoured(run, 3))
    assert [r.x >= 0.3 for r in run.find(DELIVERED)] == [True] * 3
    assert (run.outcomes["deadlines_met"], run.outcomes["deadlines_missed"]) == (3, 0)


@case(
    "P52", "promises of reliability 0 are never honoured: tiers open, nothing arrives, deadlines are missed"
)
def _() -> None:
    run = play(begins(0), reliability=0.0)
    assert set(tiers_opened(run)) == {1, 2, 3} and not run.find(ARRIVED) and not run.find(DELIVERED)
    assert not any(row.x for row in run.find(DECIDED))
    assert run.clocks(MISSED) == run.clocks(Event.RESPONSE_FAILED) == hours(24, 72, 120)


@case("P53", "a response that arrives at the very deadline meets it; one second later it is late")
def _() -> None:
    meets = play(begins(0), response__local_minimum_hours=24.0)
    assert meets.clocks(DELIVERED, tier=1) == hours(24) and not meets.find(MISSED)
    late = play(begins(0), response__local_minimum_hours=24.0 + 1 / 3600)
    assert late.clocks(MISSED, tier=1) == hours(24)
    assert late.clocks(DELIVERED, tier=1) == [24 * HOUR + 1000] and late.find(DELIVERED, tier=1)[0].y == 1


@case("P54", "pre-agreed and ad hoc responses take their own times from decision to arrival")
def _() -> None:
    delays = {"response__preagreed_minimum_hours": 5, "response__adhoc_minimum_hours": 40}
    assert set(play(begins(0), **delays).clocks(ARRIVED, tier=2)) == set(hours(29))
    assert set(play(begins(0), framework="ad-hoc", **delays).clocks(ARRIVED, tier=2)) == set(hours(64))


@case("P55", "a quorum that is not reached sends nobody, one that is reached sends all who are willing")
def _() -> None:
    outcomes = set()
    for seed in range(1, 13):
        run = play(
            begins(0),
            seed=seed,
            framework__tier_2__decision="quorum",
            framework__tier_2__quorum=0.5,
            **INDEPENDENT | {"reliability.tier_2": 0.5},
        )
        willing = [r for r in run.find(DECIDED, tier=2) if r.x]
        weight = run.model.world.tiers.weight[RUSSIA][1]
        reached = sum(r.y for r in willing) >= 0.5 * weight
        assert {r.actor for r in run.find(ARRIVED, tier=2)} == (
            {r.actor for r in willing} if reached else set()
        )
        outcomes.add(reached)
    assert outcomes == {True, False}


@case("P56", "under unanimity one refusal stops everyone")
def _() -> None:
    outcomes = set()
    for seed in range(1, 13):
        run = play(
            begins(0),
            seed=seed,
            framework__tier_2__decision="unanimity",
            **INDEPENDENT | {"reliability.tier_2": 0.98},
        )
        decisions = honoured(run, 2)
        assert len(run.find(ARRIVED, tier=2)) == (len(decisions) if all(decisions) else 0)
        outcomes.add(all(decisions))
    assert outcomes == {True, False}


@case("P57", "if the lead refuses, nobody else is asked and nobody acts")
def _() -> None:
    outcomes = set()
    for seed in range(1, 9):
        run = play(begins(0), seed=seed, **INDEPENDENT | {"reliability.tier_3": 0.5})
        decisions = honoured(run, 3)
        assert (len(decisions) == 1) == (not decisions[0])
        assert len(run.find(ARRIVED, tier=3)) == sum(decisions)
        outcomes.add(decisions[0])
    assert outcomes == {True, False}


@case("P58", "where each decides, a refusal stops nobody else")
def _() -> None:
    run = play(begins(0), **INDEPENDENT | {"reliability.tier_2": 0.5})
    decisions = honoured(run, 2)
    assert 0 < sum(decisions) < len(decisions)
    assert len(run.find(ARRIVED, tier=2)) == sum(decisions)


@case("P59", "too little strength delivers nothing: the deadline is missed although some arrived")
def _() -> None:
    run = play(
        begins(0), framework__tier_2__required_strength=1.0, **INDEPENDENT | {"reliability.tier_2": 0.7}
    )
    assert run.find(ARRIVED, tier=2) and not run.find(DELIVERED, tier=2)
    assert run.clocks(MISSED, tier=2) == hours(72)


@case(
    "P60", "Ukraine's local action as of right goes on after a stop; if needed only it is withheld after one"
)
def _() -> None:
    def denial(action: str) -> float:
        force: list[float] = []
        play(
            begins(0),
            ceases(20),
            sees(160, lambda run: force.append(casebook.denial(run, RUSSIA, 0))),
            framework__ukraine__action=action,
            framework__case__quiet_hours=720,
            verification__delay_hours=100,
        )
        return force[0]

    assert denial("as-of-right") > 0.0 and denial("if-needed") == 0.0


@case("P61", "if needed only, Ukraine still acts while hostilities go on")
def _() -> None:
    force: list[float] = []
    play(
        begins(0),
        sees(12, lambda run: force.append(casebook.denial(run, RUSSIA, 0))),
        framework__ukraine__action="if-needed",
    )
    assert force[0] > 0.0


@case("P62", "if needed only, Ukraine's action is there once hostilities resume in the same case")
def _() -> None:
    def denial(action: str) -> float:
        force: list[float] = []
        play(
            begins(0),
            ceases(20),
            begins(200),
            sees(235, lambda run: force.append(casebook.denial(run, RUSSIA, 0))),
            framework__ukraine__action=action,
            framework__case__quiet_hours=720,
            framework__attribution__by="us",
            attribution__us__dispute=1.0,
            attribution__us__dispute_hours=30.0,
        )
        return force[0]

    assert denial("if-needed") == denial("as-of-right")


@case("P63", "what a delivered tier brings is felt at once: halting is likelier and a review follows")
def _() -> None:
    force: list[float] = []
    run = play(
        begins(0),
        sees(23, lambda run: force.append(casebook.denial(run, RUSSIA, 0))),
        sees(25, lambda run: force.append(casebook.denial(run, RUSSIA, 0))),
    )
    assert 0.0 < force[0] < force[1]
    assert set(run.clocks(Event.REVIEW)) >= {24 * HOUR, 72 * HOUR}
    assert len(run.find(Event.REVIEW, clock=24 * HOUR)) == 2  # the daily one, and the one for tier 2


@case(
    "P64",
    "the record of a first breach weighs on the answer to a second where it survives, not where it is lost",
)
def _() -> None:
    sure = {"response.record": 20.0, "reliability.tier_2": 0.5}
    acts = (begins(0), ceases(30), begins(100))
    kept = play(*acts, framework__case__record_survives=True, **INDEPENDENT | sure)
    lost = play(*acts, framework__case__record_survives=False, **INDEPENDENT | sure)
    assert len(kept.find(Event.CASE_OPENED)) == len(lost.find(Event.CASE_OPENED)) == 2
    assert honoured(kept, 2, 1) == honoured(lost, 2, 1) and not all(honoured(kept, 2, 1))
    assert all(honoured(kept, 2, 2))
    assert not all(honoured(lost, 2, 2))


@case("P65", "before anything is deployed, a tier that rests on deployed forces arrives with less")
def _() -> None:
    early = play(begins(0), framework__deployment__half_life_days=90)
    ready = play(begins(0), framework__deployment__half_life_days=0)
    assert sum(r.x for r in early.find(ARRIVED, tier=2)) < sum(r.x for r in ready.find(ARRIVED, tier=2))
    assert [r.x for r in early.find(ARRIVED, tier=1)] == [r.x for r in ready.find(ARRIVED, tier=1)]


# -- at, or within, 72 hours -----------------------------------------------------------------------


@case("P66", "tier 3 within 72 h: opening at 0, it is called at once and delivered before 72")
def _() -> None:
    run = play(
        begins(0),
        framework="article-5",
        framework__tier_1__opens_hours=0,
        framework__tier_1__expected_hours=24,
        framework__tier_1__deadline_hours=72,
        framework__tier_1__trigger="expanded",
        response__preagreed_minimum_hours=6,
    )
    assert run.clocks(OPENED) == hours(0) and run.clocks(DELIVERED) == hours(6) and not run.find(MISSED)


@case("P67", "tier 3 within 72 h: opening at 24, it is called at 24 beside tier 2, its deadline is 72")
def _() -> None:
    run = play(
        begins(0),
        framework__tier_3__opens_hours=24,
        framework__tier_3__expected_hours=60,
        framework__tier_3__deadline_hours=72,
        **INDEPENDENT | {"reliability.tier_3": 0.0},
    )
    assert tiers_opened(run) == at(tier_1=0, tier_2=24, tier_3=24)
    assert run.clocks(MISSED, tier=3) == hours(72)


# -- entry into force ------------------------------------------------------------------------------


@case("P68", "before signature nothing is called; open cases are looked at on entry, with the breach's clock")
def _() -> None:
    run = play(begins(30), framework__entry__condition="signature", entry__signature_day=3)
    assert run.times(Event.FRAMEWORK_IN_FORCE) == hours(72)
    assert run.times(Event.CASE_OPENED) == hours(30)
    assert run.times(OPENED) == hours(72, 72, 102)
    assert run.clocks(OPENED) == hours(42, 42, 72)
    assert run.clocks(MISSED, tier=1) == hours(42) and run.find(DELIVERED, tier=1)


@case("P69", "a breach that ended before the peace deal calls no force after it")
def _() -> None:
    run = play(begins(0), ceases(60), framework__entry__condition="peace-deal", entry__signature_day=3)
    assert {r.tier for r in run.find(OPENED)} <= {1} and not run.find(ARRIVED, tier=2)


@case("P70", "a framework that never enters into force never acts")
def _() -> None:
    run = play(begins(0), framework__entry__condition="signature", entry__signature_day=100)
    assert not run.find(Event.FRAMEWORK_IN_FORCE) and not run.find(OPENED) and not run.find(DECIDED)


@case("P71", "an entry after N quiet days waits for N days without an open case")
def _() -> None:
    quiet = {"framework__entry__condition": "quiet-days", "framework__entry__days": 5}
    assert play(**quiet).times(Event.FRAMEWORK_IN_FORCE) == hours(5 * 24)
    broken = play(begins(24), ceases(30), **quiet)  # the case closes at hour 78
    assert broken.times(Event.CASE_CLOSED) == hours(78)
    assert broken.times(Event.FRAMEWORK_IN_FORCE) == hours(9 * 24)
    assert not broken.find(OPENED)


@case("P72", "days after the signature are added to its day")
def _() -> None:
    run = play(framework__entry__condition="signature", framework__entry__days=2, entry__signature_day=3)
    assert run.times(Event.FRAMEWORK_IN_FORCE) == hours(5 * 24)


# -- whom it binds ---------------------------------------------------------------------------------


@case("P73", "under a two-sided framework a Ukrainian breach opens a case against Ukraine")
def _() -> None:
    run = play(begins(0, side=UKRAINE), framework="two-sided")
    assert [(r.actor, r.clock) for r in run.find(Event.CASE_OPENED)] == [(UKRAINE, 0)]
    assert tiers_opened(run) == at(tier_1=0, tier_2=24, tier_3=72)


@case("P74", "Ukraine is not called against itself")
def _() -> None:
    run = play(begins(0, side=UKRAINE), framework="two-sided")
    decided = [e["actor"] for e in run.log if e["event"] == "response_decided"]
    assert decided and "Ukraine" not in decided


@case("P75", "promises against Ukraine of reliability 1 are honoured at every tier")
def _() -> None:
    run = play(begins(0, side=UKRAINE), framework="two-sided")
    assert all(row.x for row in run.find(DECIDED))
    assert {row.tier for row in run.find(DELIVERED)} == {1, 2, 3}


@case("P76", "under a one-sided framework a Ukrainian breach is verified and opens no case")
def _() -> None:
    run = play(begins(0, side=UKRAINE))
    assert [r.actor for r in run.find(Event.VERIFIED)] == [UKRAINE]
    assert not run.find(Event.CASE_OPENED) and not run.find(OPENED)


@case("P77", "breaches by both sides in one sector are two cases, each against its own party")
def _() -> None:
    run = play(begins(0), begins(5, level=4, side=UKRAINE), framework="two-sided")
    assert [r.actor for r in run.find(Event.CASE_OPENED)] == [RUSSIA, UKRAINE]
    assert run.times(OPENED, case=1) == hours(0, 24, 72)
    assert [r.tier for r in run.find(OPENED, case=2)] == [1, 2]


# -- every shipped framework -----------------------------------------------------------------------

FIRST_HOURS: dict[str, dict[int, int]] = {
    "none": {},
    "observe-only": {},
    "ad-hoc": at(tier_1=0, tier_2=24, tier_3=72),
    "multi-tier": at(tier_1=0, tier_2=24, tier_3=72),
    "multi-tier-europe": at(tier_1=0, tier_2=24, tier_3=72),
    "article-5": at(tier_1=0),
    "two-sided": at(tier_1=0, tier_2=24, tier_3=72),
    "forward-tripwire": at(tier_1=0, tier_2=24, tier_3=72),
}


def _shipped(number: int, framework: str) -> None:
    hours_ = ", ".join(f"{h // HOUR}" for h in FIRST_HOURS[framework].values())
    said = f"its tiers open at {hours_} h" if hours_ else "nobody is called"

    @case(f"P{number}", f"{framework}: under an expanded attack that goes on, {said}")
    def _() -> None:
        run = play(begins(7, sector=4), framework=framework)
        assert tiers_opened(run) == FIRST_HOURS[framework]
        assert len(run.find(Event.CASE_OPENED)) == 1
        assert {row.tier for row in run.find(DELIVERED)} == set(FIRST_HOURS[framework])


for _number, _framework in enumerate(FIRST_HOURS, 78):
    _shipped(_number, _framework)


@case("P86", "multi-tier-europe never asks the United States")
def _() -> None:
    run = play(begins(0), framework="multi-tier-europe")
    assert "United States" not in {e["actor"] for e in run.log}


@case("P87", "article-5 asks for graver things: shelling that multi-tier answers opens nothing")
def _() -> None:
    assert not play(begins(0, level=2), framework="article-5", scenario__days=5).find(Event.CASE_OPENED)
    assert play(begins(0, level=2), scenario__days=5).find(Event.CASE_OPENED)


@case(
    "P88", "forward-tripwire: an attack hits the force on the line in the hour it begins, shelling does not"
)
def _() -> None:
    attack, shelling = (play(begins(9, level=k), framework="forward-tripwire") for k in (4, 2))
    assert attack.times(Event.EXCHANGE)[0] == 9 * HOUR and attack.find(Event.EXCHANGE)[0].tier == -1
    assert not [r for r in shelling.find(Event.EXCHANGE) if r.tier == -1]
    assert not [r for r in play(begins(9)).find(Event.EXCHANGE) if r.tier == -1]


@case("P89", "forward-tripwire: an incursion that grows into an attack hits the force once")
def _() -> None:
    run = play(begins(9, level=4), escalates(12), framework="forward-tripwire")
    assert len([r for r in run.find(Event.EXCHANGE) if r.tier == -1]) == 1


# -- endings ---------------------------------------------------------------------------------------


@case("P90", "an expanded attack unhalted for D_c hours ends the cease-fire at exactly that hour")
def _() -> None:
    run = play(begins(10), halting__protected_hours=0.0, halting__by_ukraine=0.0, reliability=0.0)
    assert run.times(Event.ENDING) == hours(10 + 120) and run.outcomes["ending"] == "collapse"


@case("P91", "an expanded attack that ceases an hour before does not, and its hours do not carry over")
def _() -> None:
    run = play(
        begins(10),
        ceases(129),
        begins(131),
        ceases(250),
        halting__protected_hours=0.0,
        halting__by_ukraine=0.0,
        reliability=0.0,
    )
    assert run.outcomes["ending"] == "survived"


@case("P92", "certain war at an exchange ends the run in the hour a kinetic tier is delivered, not before")
def _() -> None:
    run = play(begins(0), war__per_exchange=1.0, framework__tier_2__required_strength=0.5)
    first = run.find(Event.EXCHANGE)[0]
    assert first.clock == 24 * HOUR and first.tier == 2  # a reassurance force is kinetic


@case("P93", "a case still open at the horizon leaves no deadline unaccounted for")
def _() -> None:
    run = play(begins(0), scenario__days=2, reliability=0.0)
    assert run.clocks(OPENED) == hours(0, 24) and run.clocks(MISSED) == hours(24)
    assert run.outcomes["ending"] == "survived"


@case("P94", "a second attack while a case is open in its sector joins the case and adds to the record")
def _() -> None:
    record: list[float] = []
    play(
        begins(0),
        ceases(10),
        begins(20),
        sees(21, lambda run: record.append(casebook.record(run, RUSSIA))),
        response__record_half_life_days=1_000_000,
    )
    assert record[0] == pytest.approx(2.0, abs=1e-4)


# -- looking again ---------------------------------------------------------------------------------


@case("P95", "meddling with hidden truth after the signal changes no response")
def _() -> None:
    def meddle(run: CeasefireModel) -> None:
        run.state.incidents.truth[0] = 0
        run.state.violations.source[0] = UNAUTHORISED
        run.state.violations.value[0] = 99.0
        run.state.violations.level[0] = 1

    answers = {OPENED, DELIVERED, DECIDED, ARRIVED, MISSED, CANCELLED, Event.WARNING_DELIVERED}
    plain, meddled = (
        [r for r in play(begins(0), *acts).rows if r.event in answers] for acts in ((), (sees(1, meddle),))
    )
    assert plain == meddled and len(plain) > 60


@case(
    "P96",
    "at hour 24 the tier opens before the violator's daily review",
)
def _() -> None:
    run = play(begins(0))
    order = [r.event for r in run.rows if r.clock == 24 * HOUR and r.event in (OPENED, Event.REVIEW)]
    assert order[0] == OPENED and Event.REVIEW in order[1:]


@case("P97", "the one state that a warning is left to can still deliver it when some months have passed")
def _() -> None:
    run = play(begins(60 * 24), scenario__days=70, response__effort_fatigue=0.5)
    assert run.clocks(Event.WARNING_DELIVERED) == hours(0)


@case("P98", "a tier that falls due in the hour in which it opens is in time if the answer is there at once")
def _() -> None:
    run = play(begins(0), framework__tier_1__deadline_hours=0.5, framework__tier_1__expected_hours=0.5)
    assert run.clocks(DELIVERED, tier=1) == hours(0)
    due = {"framework__tier_2__deadline_hours": 24, "framework__tier_2__expected_hours": 24}
    run = play(begins(0), **due)
    assert run.find(OPENED, tier=2)[0].x == 0 and run.clocks(DELIVERED, tier=2) == hours(24)
    assert not run.find(MISSED)


@case("P99", "entry into force does not start the quiet hours of a case anew")
def _() -> None:
    run = play(begins(0), ceases(10), framework__entry__condition="signature", entry__signature_day=1)
    assert run.times(Event.FRAMEWORK_IN_FORCE) == hours(24)
    assert run.times(Event.CASE_CLOSED) == hours(58)


@case("P100", "violence that the coalition answers with tier 2 is not unanswered to Ukraine")
def _() -> None:
    assert _grievance("multi-tier", 25) == _grievance("multi-tier", 60)


@case("P101", "violence that the states answer with their one collective tier is not unanswered to Ukraine")
def _() -> None:
    assert _grievance("article-5", 25) == _grievance("article-5", 60)


def _grievance(framework: str, hour: float) -> float:
    """Violence that nobody has answered as Ukraine has it at an hour of an expanded attack, line-days."""
    found: list[float] = []

    def look(run: CeasefireModel) -> None:
        accounts.settle(run)
        found.append(run.state.unanswered)

    play(begins(0), sees(hour, look), framework=framework)
    return found[0]


@case("P102", "a case does not close while a resumption in its quiet hours is still being verified")
def _() -> None:
    run = play(
        begins(0),
        ceases(20),
        begins(50),
        framework__case__quiet_hours=24,
        framework__attribution__by="us",
        attribution__us__dispute=1.0,
        attribution__us__dispute_hours=30.0,
    )
    assert run.times(Event.CASE_OPENED) == hours(30)  # it would close at hour 54
    assert run.clocks(Event.CASE_JOINED) == hours(80) and tiers_opened(run)[2] == 80 * HOUR
    assert not run.find(Event.CASE_CLOSED)


def test_the_numbers_run_without_gaps() -> None:
    numbers = [str(p.id).partition(" ")[0] for p in CASES]
    assert numbers == [f"P{k:02d}" for k in range(1, len(CASES) + 1)]


def test_there_is_a_case_for_every_framework() -> None:
    assert set(FIRST_HOURS) == set(FRAMEWORKS)
    for framework in FRAMEWORKS:
        assert scenario_of(framework).framework.name == framework


def test_a_play_uses_the_violations_of_the_model() -> None:
    run = play(begins(3, level=4, sector=2, source=ORDERED), ceases(5, sector=2))
    (began,) = run.find(Event.VIOLATION_BEGINS)
    assert (began.time, began.level, began.sector, began.actor) == (3 * HOUR, 4, 2, RUSSIA)
    assert run.clocks(Event.HALTED) == hours(2)
    assert Class.HALT < Class.TIER < Class.OPPORTUNITY and violations.BY_SCRIPT == 3

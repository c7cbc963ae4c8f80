"""Courses of talks and truces: both engines alike, what is carried from truce to truce, and books that agree."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from environment.log import Event, Row, lines
from environment.outcomes import Outcome
from environment.rules import draws
from environment.rules.draws import DAY, exponential, uniforms
from environment.rules.talks import believed_delivery
from environment.talks.packages import code_of, options_of
from environment.talks.protocols import AGREED, EXHAUSTION
from experiments.scenario import Scenario
from experiments.talks.course import Course, unfold
from experiments.talks.engine import TRUCES, course, course_outcomes, simulate, simulate_mesa, worth_of
from experiments.talks.measure import OUTCOMES
from experiments.talks.memory import Memory
from experiments.talks.setting import Setting, resolve_talks
from experiments.talks.terms import ceasefire
from experiments.twin import engine

STRATEGIES = ("boulware", "linear", "conceder", "tit-for-tat", "bayesian", "best-response")
SHORT: dict[str, Any] = {
    "talks.on_the_table": "line guarantee",
    "table.line": "current|zone",
    "talks.russia": "conceder",
    "talks.ukraine": "conceder",
    "talks.breakdown_per_year": 0.0,
    "talks.hypotheses": 8,
    "talks.truces": 4,
    "talks.meetings": 8,
    "talks.pause_days": 14.0,
    "talks.deadline_days": 60.0,
    "worth.runs": 8,
    "forecast.tempo": 5.4,
    "red_line.no-western-forces": 0.0,
    "red_line.no-cession": 0.0,
    "red_line.no-quid-pro-quo": 0.0,
}
"""Talks that agree soon, over twelve packages."""
BRITTLE = SHORT | {
    "table.guarantee": "observe-only|multi-tier",
    "reliability": 0.3,
    "abrogation.peace_russia": 11.0,
    "forecast.shift": 0.0,
}
"""Truces that do not last."""
DISTRUST = SHORT | {
    "table.guarantee": "article-5",
    "reliability": 0.5,
    "beliefs.strength": 1.0,
    "beliefs.half_life_days": 2000.0,
    "abrogation.peace_russia": 8.0,
    "forecast.shift": 0.3,
}
"""Promises that are broken are remembered."""
DANGER = SHORT | {
    "table.guarantee": "article-5",
    "reliability": 1.0,
    "war.per_exchange": 0.3,
    "opportunities.russia_per_day": 0.2,
    "abrogation.peace_russia": 40.0,
    **{f"weight.{party}.direct_war": 0.01 for party in ("russia", "ukraine", "us", "europe")},
}
"""Responses that end in a direct war."""


def random_settings(seed: int) -> dict[str, Any]:
    """Small tables of every kind."""
    rng = np.random.default_rng(seed)

    def one(*values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    protocol = one("mediated", "alternating")
    strategies = STRATEGIES if protocol == "alternating" else STRATEGIES[:3]
    return {
        "talks.on_the_table": one(
            "line guarantee", "guarantee sequence", "guarantee deployment sanctions", "guarantee binding"
        ),
        "table.guarantee": one("observe-only|multi-tier", "multi-tier|article-5", "observe-only|ad-hoc", "all"),
        "talks.protocol": protocol,
        "talks.russia": one(*strategies),
        "talks.ukraine": one(*strategies),
        "talks.red_lines": one("cost", "cost", "absolute"),
        "talks.breakdown_per_year": one(0.0, 0.4),
        "talks.truces": one(1, 2, 4),
        "talks.meetings": one(1, 3, 6),
        "talks.pause_days": one(0.0, 10.0, 60.0),
        "talks.deadline_days": one(40.0, 100.0),
        "talks.hypotheses": 8,
        "talks.horizon_days": one(400.0, 1095.0),
        "worth.runs": 8,
        "forecast.years": one(0.7, 2.0, 5.0),
        "forecast.shift": one(0.0, 0.3),
        "red_line.no-western-forces": 0.1,
        "red_line.no-cession": 0.1,
        "reliability": one(0.1, 0.4, 0.8),
        "abrogation.peace_russia": one(10.0, 16.0),
        "war.per_exchange": one(0.002, 0.05),
    }  # fmt: skip


@cache
def _setting(framework: str, pairs: tuple[tuple[str, Any], ...]) -> Setting:
    return resolve_talks(framework, settings=dict(pairs))


def setting_of(settings: dict[str, Any], framework: str = "multi-tier") -> Setting:
    return _setting(framework, tuple(settings.items()))


def told(settings: dict[str, Any], seed: int, replication: int, how: str = "compiled") -> Course:
    return course(setting_of(settings), seed, replication, how)


def same(a: dict[str, Outcome], b: dict[str, Outcome]) -> bool:
    """Whether outcomes are equal, NaN being equal to NaN."""
    return list(a) == list(b) and all(
        a[k] == b[k] or (isinstance(a[k], float) and math.isnan(a[k]) and math.isnan(b[k]))  # type: ignore[arg-type]
        for k in a
    )


# -- both engines ----------------------------------------------------------------------------------


def both(setting: Setting, seed: int, replication: int) -> Course:
    """A course by both engines, whose bytes are equal, with a log and without."""
    mesa, compiled = (course(setting, seed, replication, how) for how in ("mesa", "compiled"))
    assert list(lines(mesa.rows)) == list(lines(compiled.rows)) and mesa.rows == compiled.rows
    outcomes = course_outcomes(setting, worth_of(setting), compiled)
    for other in (
        course_outcomes(setting, worth_of(setting), mesa),
        simulate(setting, seed, replication),
        simulate_mesa(setting, seed, replication),
    ):
        assert same(other, outcomes)
    audit(compiled, outcomes)
    return compiled


@pytest.mark.parametrize("seed", range(12))
def test_both_engines_tell_the_same_course_byte_for_byte(seed: int) -> None:
    """Also without a log; and the books of each are audited."""
    setting = setting_of(random_settings(seed), "observe-only" if seed == 5 else "multi-tier")
    for replication in range(2):
        found = both(setting, 2**40 * seed + seed, replication)
        assert not (
            seed == 5 and any(worth_of(setting).responds[m.agreed] for m in found.meetings if m.agreed >= 0)
        )


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 130))
def test_both_engines_tell_the_same_course_byte_for_byte_long(seed: int) -> None:
    for replication in range(4):
        both(setting_of(random_settings(seed)), seed, replication)


@pytest.mark.parametrize("settings", [BRITTLE, DISTRUST, DANGER], ids=["brittle", "distrust", "danger"])
def test_both_engines_agree_where_truces_break(settings: dict[str, Any]) -> None:
    for replication in range(4):
        both(setting_of(settings), 3, replication)


def _search(settings: dict[str, Any], wanted: Any, most: int = 80) -> Course:
    for replication in range(most):
        found = told(settings, 1, replication)
        if wanted(found):
            both(setting_of(settings), 1, replication)
            return found
    raise AssertionError(f"none of {most} courses is of this kind")


def test_a_course_may_end_in_a_direct_war() -> None:
    found = _search(DANGER, lambda c: c.truces and c.truces[-1].outcomes["ending"] == "direct_war")
    assert len(found.meetings) == len(found.truces) and not found.trusts
    outcomes = course_outcomes(setting_of(DANGER), worth_of(setting_of(DANGER)), found)
    assert outcomes["direct_war"] == 1.0 and outcomes["ending"] == "direct_war"
    last = found.truces[-1]
    after = (found.ended - last.began) / DAY - last.days
    before = last.began / DAY
    war = float(resolve_war(DANGER))
    expected = before + float(last.outcomes["violence_before"]) + war * after
    assert len(found.truces) == 1 and outcomes["violence"] == pytest.approx(expected)


def resolve_war(settings: dict[str, Any]) -> float:
    """Intensity of a direct war."""
    return float(ceasefire(setting_of(settings), 0).values["war.intensity"])


def test_a_party_that_trusts_no_more_breaks_off() -> None:
    found = _search(DISTRUST, lambda c: c.broken_off_by >= 0 and c.trusts[-1] < 1.0)
    considered = [row for row in found.rows if row.event == Event.RETURN_CONSIDERED]
    assert [row.actor for row in considered[-2:]] == [0, 1] and considered[-1].y == found.trusts[-1] < 1.0
    refusing = [row.actor for row in considered[-2:] if row.x == 0.0]
    assert found.broken_off_by == refusing[0]
    assert all(row.x == 1.0 for row in considered[:-2])
    last = found.rows[-1]
    assert last.event == (Event.WAR_ENDS if found.exhausted else Event.WAR_GOES_ON)
    assert found.ended == 1095 * DAY and (last.time == found.ended or found.exhausted)


def test_a_course_may_have_several_truces_and_no_more_than_it_is_allowed() -> None:
    found = _search(BRITTLE, lambda c: len(c.truces) >= 3)
    begins = [row.time for row in found.rows if row.event == Event.TALKS_BEGIN]
    assert begins == sorted(begins) and len(begins) == len(found.meetings) >= 3
    assert [row.x for row in found.rows if row.event == Event.TALKS_BEGIN] == list(range(1, len(begins) + 1))
    few = BRITTLE | {"talks.truces": 2}
    assert max(len(told(few, 1, r).truces) for r in range(12)) == 2
    assert max(len(told(BRITTLE, 1, r).truces) for r in range(12)) <= 4


# -- what is carried -------------------------------------------------------------------------------


def recorded(settings: dict[str, Any], replication: int) -> tuple[Course, list[Scenario]]:
    """A course, and the cease-fires that were run in it."""
    seen: list[Scenario] = []

    def run(scenario: Scenario, seed: int, number: int, keep: bool) -> tuple[list[Row], dict[str, Outcome]]:
        seen.append(scenario)
        return TRUCES["compiled"](scenario, seed, number, keep)

    setting = setting_of(settings)
    return unfold(setting, worth_of(setting), run, 1, replication), seen


REMEMBERING = DISTRUST | {
    "talks.breakdown_per_year": 4.0,
    "talks.russia": "linear",
    "talks.ukraine": "linear",
    "forecast.shift": 0.0,
    "beliefs.half_life_days": 120.0,
    "abrogation.peace_russia": 11.0,
}


def test_what_was_seen_of_the_promises_is_carried_and_fades_until_the_next_truce() -> None:
    """Through the pause and through the talks: to the day on which the next cease-fire takes effect."""
    checked = longer = 0
    for replication in range(40):
        found, scenarios = recorded(REMEMBERING, replication)
        assert len(scenarios) == len(found.truces)
        for before, after, scenario in zip(found.truces, found.truces[1:], scenarios[1:], strict=False):
            days = after.began / DAY - (before.began / DAY + before.days)
            assert days >= 14.0
            faded = 0.5 ** (days / 120.0)
            for side in ("", "_ukraine"):
                prefix = "carried.against_ukraine." if side else "carried."
                for what in ("kept", "failed"):
                    value = float(before.outcomes.get(f"remembered_{what}_1{side}", 0.0))
                    assert scenario.values[f"{prefix}{what}.tier_1"] == pytest.approx(value * faded, rel=1e-6)
                    checked += value > 0.0
                    longer += value > 0.0 and days > 14.5
            stance = ("disengaged", "conditional", "committed")[int(before.outcomes["stance_at_end"])]
            assert scenario.values["us.initial_stance"] == stance
        if scenarios:
            assert not any(v for k, v in scenarios[0].values.items() if k.startswith("carried."))
    assert checked >= 5 and longer >= 2


def test_trust_follows_from_what_is_remembered_when_they_ask_themselves_whether_to_return() -> None:
    """Also after talks that failed, when more has faded; it is the factor under which promises are as believed."""
    from experiments.talks.worth import promised_mean

    worth = worth_of(setting_of(REMEMBERING))
    checked = after_failure = 0
    for replication in range(120):
        if checked >= 5 and after_failure >= 1:
            break
        found, scenarios = recorded(REMEMBERING, replication)
        asked = [row for row in found.rows if row.event == Event.RETURN_CONSIDERED and row.actor == 0]
        assert [row.y for row in asked] == found.trusts
        for row in asked:
            ended = [k for k, t in enumerate(found.truces) if t.began + t.days * DAY <= row.time + 1]
            if not ended:
                assert row.y == 1.0
                continue
            truce, scenario = found.truces[ended[-1]], scenarios[ended[-1]]
            days = (row.time - truce.began) / DAY - truce.days
            assert days >= 14.0 - 1e-6
            kept, failed = (
                float(truce.outcomes[f"remembered_{w}_1"]) * 0.5 ** (days / 120.0) for w in ("kept", "failed")
            )
            stance = str(scenario.values["us.initial_stance"])
            believed = believed_delivery(1.0, promised_mean(scenario), kept, failed)
            assert row.y == pytest.approx(worth.trust_of(truce.code, believed, stance), rel=1e-6)
            if 0.0 < row.y < 2.0:
                found_again = promised_mean(worth.scenario(truce.code, row.y, {"us.initial_stance": stance}))
                assert found_again == pytest.approx(believed, abs=0.03)
            checked += kept + failed > 0.0
            after_failure += days > 14.5
    assert checked >= 5 and after_failure >= 1


def law(**words: str) -> Scenario:
    return ceasefire(setting_of(SHORT), code_of(words))


def seen(**outcomes: Any) -> dict[str, Any]:
    return {"stance_at_end": 1, **outcomes}


def test_a_memory_fades_to_the_instant_at_which_it_is_needed_and_not_twice() -> None:
    memory, scenario = Memory(), law(guarantee="article-5", term="15")
    half = float(scenario.values["beliefs.half_life_days"])
    assert memory.settings() == {} and memory.believed() == 0.0 and memory.code == -1
    memory.learn(scenario, seen(remembered_kept_1=2.0, remembered_failed_1=4.0), 7, 100 * DAY)
    assert memory.settings() == {
        "carried.kept.tier_1": 2.0,
        "carried.failed.tier_1": 4.0,
        "us.initial_stance": "conditional",
    }
    for now in (100 * DAY, 130 * DAY, 130 * DAY, 100 * DAY + round(half * DAY)):
        memory.fade(now)
    assert memory.settings()["carried.failed.tier_1"] == pytest.approx(2.0) and memory.code == 7


def test_tiers_that_a_truce_did_not_have_fade_and_one_without_tiers_wipes_nothing() -> None:
    memory, plan = Memory(), law(guarantee="multi-tier", term="15")
    one, bare = law(guarantee="article-5", term="15"), law(guarantee="observe-only", term="0")
    half = round(float(plan.values["beliefs.half_life_days"]) * DAY)
    counts = {f"remembered_{w}_{k}": 1.0 + k for w in ("kept", "failed") for k in (1, 2, 3)}
    memory.learn(plan, seen(**counts), 1, 0)
    promised, code = memory.promised, memory.code
    assert memory.tiers == (2, 3) and len(promised) == 2 and code == 1  # the first is Ukraine's own
    prior = sum(promised) / 2
    assert memory.believed() != pytest.approx(prior)
    memory.learn(bare, seen(), 2, half)
    assert memory.counts["carried.kept.tier_3"] == pytest.approx(2.0)
    assert (memory.promised, memory.code) == (promised, 1)
    strength = memory.strength
    expected = [
        believed_delivery(strength, odds, (1.0 + k) / 2, (1.0 + k) / 2)
        for k, odds in zip((2, 3), promised, strict=True)
    ]
    assert memory.believed() == pytest.approx(sum(expected) / 2)
    memory.learn(one, seen(remembered_kept_1=9.0, remembered_failed_1=0.0), 3, 2 * half)
    assert memory.counts["carried.kept.tier_1"] == 9.0 and memory.code == 3 and memory.tiers == (1,)
    assert memory.counts["carried.kept.tier_3"] == pytest.approx(1.0)
    assert memory.believed() == pytest.approx(believed_delivery(strength, memory.promised[0], 9.0, 0.0))


# -- land, power, and the war's own end ------------------------------------------------------------


@pytest.mark.parametrize(("line", "left"), [("zone", 0.5), ("withdrawal", 0.0)])
def test_land_is_ceded_once(line: str, left: float) -> None:
    """What is left of it when they meet again is less by what went, and by what the war took since."""
    settings = BRITTLE | {"table.line": line, "red_line.no-cession": 0.0, "stakes.line.withdrawal.ukraine": 3.0,
                          "stakes.line.zone.ukraine": 3.0}  # fmt: skip
    again = 0
    for replication in range(24):
        found = (
            both(setting_of(settings), 4, replication) if replication < 3 else told(settings, 4, replication)
        )
        limit, moved = 1.0, 0
        area = float(found.values["forecast.donetsk_km2"])
        ceded = [truce.began for truce in found.truces]
        for row in found.rows:
            limit = left ** sum(at < row.time for at in ceded)
            if row.event == Event.FRONT_MOVES:
                assert 0.0 <= row.y <= area * limit
                moved += limit < 1.0
        assert found.front.donetsk <= area * left ** len(ceded)
        if not ceded:
            assert found.front.donetsk > 0.5 * area
        again += moved > 0
    assert again >= 3


@pytest.mark.parametrize("army", ["800", "600"])
def test_a_truce_leaves_a_shift_of_power_that_grows_with_its_length(army: str) -> None:
    settings = BRITTLE | {
        "talks.on_the_table": "guarantee army", "table.army": army, "forecast.shift": 0.3,
        "forecast.regrouping_days": 100.0, "stakes.army.600.ukraine": 2.0,
    }  # fmt: skip
    lengths = set()
    for replication in range(16):
        found = told(settings, 4, replication)
        factor = 1.4 if army == "600" else 1.0
        shifts = [0.3 * factor * (1.0 - 0.5 ** (truce.days / 100.0)) for truce in found.truces]
        assert found.front.shift == pytest.approx(max([0.0, *shifts]))
        lengths |= {round(truce.days) for truce in found.truces}
    assert len(lengths) >= 4


STUBBORN: dict[str, Any] = {
    "talks.protocol": "alternating", "talks.russia": "boulware", "talks.ukraine": "boulware", "talks.boulware": 0.01,
}  # fmt: skip


@pytest.mark.parametrize("strategies", [{}, STUBBORN], ids=["agree", "stubborn"])
def test_the_war_ends_by_itself_after_as_long_as_is_drawn(strategies: dict[str, Any]) -> None:
    """Between talks, in the pause after a truce, or while they talk."""
    settings = BRITTLE | {"forecast.years": 2.0, "talks.deadline_days": 200.0} | strategies
    ended = lasted = in_talks = 0
    for replication in range(60):
        found = (
            both(setting_of(settings), 8, replication) if replication < 8 else told(settings, 8, replication)
        )
        endurance = exponential(uniforms(8, 0, replication, draws.EXHAUSTION, 0, 0)[0]) * 2.0 * 365.0
        rows = [row for row in found.rows if row.event == Event.WAR_ENDS]
        if found.exhausted:
            assert found.fought / DAY == pytest.approx(endurance, abs=1e-6)
            assert (
                len(rows) == 1 and rows[0] is found.rows[-1] and rows[0].x == pytest.approx(endurance / 365.0)
            )
            assert not any(row.event == Event.WAR_GOES_ON for row in found.rows)
            in_talks += found.meetings[-1].outcome == EXHAUSTION
            ended += 1
        else:
            assert found.fought / DAY < endurance and not rows
            lasted += 1
        outcomes = course_outcomes(setting_of(settings), worth_of(setting_of(settings)), found)
        assert outcomes["war_ended"] == float(found.exhausted)
    assert ended >= 5 and lasted >= 3 and (in_talks >= 1 or not strategies)


def test_who_failed_to_agree_meets_again_after_a_pause_and_no_more_often_than_allowed() -> None:
    settings = SHORT | {
        "talks.russia": "boulware", "talks.ukraine": "boulware", "talks.boulware": 0.01,
        "talks.protocol": "mediated", "talks.pressure": 0.0, "talks.meetings": 3, "talks.deadline_days": 30.0,
        "talks.breakdown_per_year": 3.0,
    }  # fmt: skip
    failed = 0
    for replication in range(12):
        found = (
            both(setting_of(settings), 5, replication) if replication < 3 else told(settings, 5, replication)
        )
        assert 1 <= len(found.meetings) <= 3
        for before, after in zip(found.meetings, found.meetings[1:], strict=False):
            if before.outcome != AGREED:
                assert after.began - before.ended == 14 * DAY
                failed += 1
        asked = [row for row in found.rows if row.event == Event.RETURN_CONSIDERED]
        assert len(asked) == 2 * len(found.trusts) and len(found.trusts) >= len(found.meetings) - 1
        if not found.truces:
            assert set(found.trusts) <= {1.0} and found.front.shift == 0.0
            full = len(found.meetings) == 3
            assert full or found.exhausted or found.broken_off_by >= 0
    assert failed >= 6


def test_the_first_truce_is_the_run_of_its_scenario_alone() -> None:
    setting, done = setting_of(BRITTLE), 0
    for replication in range(6):
        found = told(BRITTLE, 9, replication)
        if not found.truces:
            continue
        first = found.truces[0]
        days = (1095 * DAY - first.began) / DAY
        rows, outcomes = engine.run(ceasefire(setting, first.code, {"scenario.days": days}), 9, replication)
        end = first.began + rows[-1].time
        begins = next(i for i, row in enumerate(found.rows) if row.event == Event.CEASEFIRE_BEGINS)
        assert found.rows[begins : begins + len(rows)] == [
            row._replace(time=row.time + first.began) for row in rows
        ]
        assert first.outcomes == outcomes and first.days == outcomes["days_survived"]
        assert all(row.time >= end for row in found.rows[begins + len(rows) :])
        done += 1
    assert done >= 3


def test_a_settlement_that_comes_first_takes_effect_later() -> None:
    settings = SHORT | {
        "talks.on_the_table": "sequence",
        "table.sequence": "comprehensive",
        "table.line": "current",
        "forecast.shift": 0.0,
        "abrogation.peace_russia": 40.0,
    }
    for replication in range(20):
        found = told(settings, 2, replication)
        for meeting, truce in zip(found.meetings, found.truces, strict=False):
            assert truce.began - meeting.ended == 90 * DAY
            assert {o.name for o in options_of(truce.code)} >= {"comprehensive"}
        if found.truces:
            return
    raise AssertionError("nothing was agreed")


# -- draws -----------------------------------------------------------------------------------------


def test_courses_at_different_points_of_a_design_share_their_draws() -> None:
    for replication in range(4):
        points = [
            told(BRITTLE | change, 6, replication)
            for change in ({}, {"reliability": 0.9}, {"forecast.years": 3.0})
        ]
        assert points[0].values == points[1].values
        different = {key for key in points[0].values if points[0].values[key] != points[2].values[key]}
        assert different == {"forecast.years"} and points[2].values["forecast.years"] == 3.0
        off = course(setting_of(BRITTLE, "observe-only"), 6, replication, "compiled")
        assert off.values == points[0].values
    assert told(BRITTLE, 6, 0).values != told(BRITTLE, 6, 1).values != told(BRITTLE, 7, 1).values


def test_without_uncertainty_all_courses_have_the_likeliest_values() -> None:
    setting = resolve_talks(settings=BRITTLE | {"talks.uncertainty": "none"})
    for replication in range(3):
        assert course(setting, 1, replication, "compiled").values == setting.values


# -- the books -------------------------------------------------------------------------------------


def audit(found: Course, outcomes: dict[str, Outcome]) -> None:
    """Hold the outcomes of a course to its log."""
    rows = found.rows
    assert [row.time for row in rows] == sorted(row.time for row in rows)
    begins = [row.time for row in rows if row.event == Event.CEASEFIRE_BEGINS]
    ends = [row.time for row in rows if row.event == Event.ENDING]
    assert len(begins) == len(ends) == len(found.truces) == outcomes["truces"]
    peace = sum(end - begin for begin, end in zip(begins, ends, strict=True)) / DAY
    assert outcomes["days_survived"] == pytest.approx(peace, abs=1e-6)
    over = found.ended  # of war and peace together: the horizon, the war's own end, or direct war
    if found.exhausted:
        (over,) = (row.time for row in rows if row.event == Event.WAR_ENDS)
        assert over == rows[-1].time
    elif found.truces and found.truces[-1].outcomes["ending"] == "direct_war":
        over = ends[-1]
    assert outcomes["days_at_war"] == pytest.approx(over / DAY - peace, abs=1e-6)
    assert outcomes["days_at_war"] == found.fought / DAY and outcomes["war_ended"] == float(found.exhausted)
    talks = [row for row in rows if row.event == Event.TALKS_END]
    agreed = [row for row in talks if row.x == AGREED]
    assert outcomes["agreements"] == len(agreed) and outcomes["agreed"] == float(talks[0].x == AGREED)
    assert outcomes["rounds"] == talks[0].y
    if talks[0].x == AGREED:
        assert outcomes["days_to_agreement"] == pytest.approx(talks[0].time / DAY)
        assert (
            float(outcomes["gain_russia"]) >= -0.1 - 1e-9 and float(outcomes["gain_ukraine"]) >= -0.1 - 1e-9
        )  # type: ignore[arg-type]
    else:
        assert math.isnan(outcomes["days_to_agreement"]) and math.isnan(outcomes["from_nash"])  # type: ignore[arg-type]
    ground = sum(row.x for row in rows if row.event in (Event.FRONT_MOVES, Event.WAR_GOES_ON))
    ground += sum(float(truce.outcomes["ground_km2"]) for truce in found.truces)
    assert outcomes["ground_km2"] == pytest.approx(ground)
    violence = float(outcomes["days_at_war"]) + sum(
        float(t.outcomes["violence_before"]) for t in found.truces
    )
    if outcomes["direct_war"] == 0.0:
        assert outcomes["violence"] == pytest.approx(violence, abs=1e-6)
    assert outcomes["collapses"] == sum(
        t.outcomes["ending"] in ("collapse", "abrogation") for t in found.truces
    )
    for name in OUTCOMES:
        assert isinstance(outcomes[name], int | float), name
    for name in ("zone", "zone_exists", "admitted", "accepts_russia", "accepts_ukraine_with_response"):
        share = float(outcomes[name])
        assert 0.0 <= share <= 1.0 or (
            math.isnan(share) and name.endswith("_response")
        )  # of no such packages


def test_without_guarantees_the_talks_are_those_over_what_is_left_and_nothing_else() -> None:
    """A package that cannot be agreed steers nobody: neither what the mediator tables nor what anybody insists on."""
    table = {"talks.on_the_table": "line guarantee army sanctions", "worth.runs": 8, "talks.hypotheses": 20}
    without = resolve_talks("observe-only", settings=table | {"table.guarantee": "observe-only|multi-tier"})
    alone = resolve_talks(settings=table | {"table.guarantee": "observe-only"})
    agreed = 0
    for replication in range(12):
        here, there = (
            unfold(setting, worth_of(setting), TRUCES["compiled"], 5, replication)
            for setting in (without, alone)
        )
        assert list(lines(here.rows)) == list(lines(there.rows))
        agreed += here.meetings[0].agreed >= 0
    assert agreed >= 1

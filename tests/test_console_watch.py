"""The tab "Watch" without a browser: what is shown is what the engine does, and watching changes nothing."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from console.choice import Choice
from console.desk import Desk
from console.guide import STEPS, said, to_step
from console.keep import kept, restore
from console.parts import csv_text, themed
from console.watch import frame, map, minds
from console.watch.controls import MOST_LINES, Sent, act, changed, watched_of
from console.watch.run import Watched
from console.watch.take_away import ledger_csv, story_csv
from environment import tables
from environment.agenda import Class
from environment.errors import BadInput
from environment.log import FIRST_STATE, Event
from environment.parties import Situation
from environment.rules.draws import HOUR
from environment.sentences import story
from experiments.compose import compose

FRAMEWORKS = ("multi-tier", "observe-only", "two-sided", "forward-tripwire", "ad-hoc", "none")


def rows_of(choice: Choice) -> list[Any]:
    model = compose(choice.resolved, choice.seed, choice.replication)
    model.run()
    return list(model.log)


def everything_shown(watched: Watched) -> str:
    shown = [
        frame.instant(watched),
        frame.front(watched),
        frame.ledger(watched),
        frame.clocks(watched),
        minds.board(watched),
        minds.tiers_as_seen(watched),
        minds.ladder_as_seen(watched, 3),
        watched.samples[-1:],
    ]
    return json.dumps(shown)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("seed", [1, 7])
def test_watching_changes_nothing_whatever_the_steps(framework: str, seed: int) -> None:
    """Steps of all kinds, back and forth, with all panels read at each: the log is the engine's, row for row."""
    choice = Choice(framework=framework, seed=seed, days=200)
    watched = Watched(choice)
    for number in range(400):
        everything_shown(watched)
        verb = ("forward", "event", "case", "forward")[number % 4]
        act(watched, verb, 3.7 + number % 11, everything=bool(number % 3))
        if number == 60:
            act(watched, "to", watched.hours / 3, everything=False)
        if watched.over:
            break
    act(watched, "end", 0.0, everything=False)
    assert watched.over and watched.model.log == rows_of(choice)


@pytest.mark.parametrize("everything", [True, False])
def test_the_page_tells_the_story_word_for_word(everything: bool) -> None:
    choice = Choice(seed=3, days=120)
    watched = Watched(choice)
    while not watched.over:
        watched.forward(31.0)
        watched.lines(everything)
    joined = [line["head"] + line["body"] + line["tail"] for line in watched.lines(everything)]
    assert joined == list(story(rows_of(choice), everything))


def test_to_the_next_case_stops_at_the_hour_at_which_it_opens() -> None:
    watched = Watched(Choice(seed=2))
    opened = [row.time for row in rows_of(Choice(seed=2)) if row.event == Event.CASE_OPENED]
    for time in opened[:4]:
        act(watched, "case", 0.0, everything=False)
        assert watched.model.now == time
        assert any(each["live"] >= 0 for each in frame.clocks(watched))


def test_to_the_next_event_tells_at_least_one_more_and_stops_at_its_instant() -> None:
    watched = Watched(Choice(seed=4))
    for everything in (False, True):
        for _ in range(15):
            before = len(watched.lines(everything))
            act(watched, "event", 0.0, everything)
            new = watched.lines(everything)[before:]
            assert new and len({line["head"] for line in new}) == 1


def test_back_in_time_is_the_same_as_never_having_gone_on() -> None:
    straight, back = Watched(Choice(seed=5)), Watched(Choice(seed=5))
    straight.to(400.0)
    back.to(3000.0)
    number = back.run_number
    back.to(400.0)
    assert back.run_number != number
    assert back.model.log == straight.model.log and back.samples == straight.samples
    assert everything_shown(back) == everything_shown(straight)


def test_the_clock_shows_what_the_plan_says_when_everything_is_certain() -> None:
    watched = Watched(Choice(scenario="certain"))
    watched.to_next_case()
    words = {}
    (case,) = frame.clocks(watched)
    start = watched.hours
    assert case["live"] == 0.0 and [tier["word"] for tier in case["tiers"]] == ["met", "ahead", "ahead"]
    for hour in (23.9, 24.0, 71.9, 72.0):
        watched.to(start + hour)
        (case,) = frame.clocks(watched)
        words[hour] = [tier["word"] for tier in case["tiers"]]
    assert words == {
        23.9: ["met", "ahead", "ahead"],
        24.0: ["met", "met", "ahead"],
        71.9: ["met", "met", "ahead"],
        72.0: ["met", "met", "met"],
    }
    assert [tier["opens"] for tier in case["tiers"]] == [0, 24, 72]
    assert [tier["deadline"] for tier in case["tiers"]] == [24, 72, 120]


def test_a_deadline_that_nobody_meets_is_shown_as_missed() -> None:
    watched = Watched(Choice(scenario="certain", settings={"reliability": 0.0}))
    watched.to_next_case()
    start = watched.hours
    watched.to(start + 23.0)
    assert frame.clocks(watched)[0]["tiers"][0]["word"] == "open"
    watched.to(start + 25.0)
    tiers = frame.clocks(watched)[0]["tiers"]
    assert [tier["word"] for tier in tiers] == ["missed", "open", "ahead"]
    assert tiers[1]["left"] == pytest.approx(47.0)


def test_the_words_of_a_clock_are_those_of_the_log() -> None:
    """Met, missed and late, counted over a year of instants, are the log's deliveries and missed deadlines."""
    watched = Watched(Choice(seed=1))
    seen: set[tuple[int, int, str]] = set()
    while not watched.over:
        for case in frame.clocks(watched):
            for tier in case["tiers"]:
                seen.add((case["case"], tier["tier"], tier["word"]))
        watched.to_next(lambda _: True)
    log = watched.model.log
    late = {(r.case, r.tier) for r in log if r.event == Event.TIER_DELIVERED and r.y}
    met = {(r.case, r.tier) for r in log if r.event == Event.TIER_DELIVERED and not r.y}
    missed = {(r.case, r.tier) for r in log if r.event == Event.DEADLINE_MISSED}
    assert {(c, t) for c, t, word in seen if word == "met"} == met
    assert {(c, t) for c, t, word in seen if word == "delivered late"} == late
    assert {(c, t) for c, t, word in seen if word == "missed"} <= missed and len(missed) > 5


def test_the_ledger_adds_up_and_keeps_truth_apart() -> None:
    watched = Watched(Choice(seed=1))
    seen = 0
    while not watched.over and seen < 200:
        watched.forward(9.0)
        for each in frame.ledger(watched):
            seen += 1
            assert sum(each["posterior"]) == pytest.approx(1.0)
            assert each["status"] in frame.STATUS.values()
            assert each["category"] in frame.CATEGORY_WORDS and each["truth"] in frame.INCIDENTS
    assert seen >= 200


def test_the_board_says_who_is_on_the_way_and_for_how_long() -> None:
    watched = Watched(Choice(seed=1))
    checked = 0
    while not watched.over and checked < 30:
        watched.to_next(lambda row: row.event == Event.RESPONSE_DECIDED)
        coming = {
            (e.actor, e.mark, e.detail + 1): e.time / HOUR for e in watched.model.agenda.waiting(Class.ARRIVE)
        }
        for index, state in enumerate(minds.board(watched)):
            for answer in state["answers"]:
                if answer["word"] == "on the way":
                    checked += 1
                    due = coming[index, answer["case"], answer["tier"]]
                    assert answer["left"] == pytest.approx(due - watched.hours)
    assert checked >= 30
    arrivals = [r for r in watched.model.log if r.event == Event.RESPONSE_ARRIVED]
    open_cases = {case["case"] for case in frame.clocks(watched)}
    board = minds.board(watched)
    for row in arrivals:
        if row.case in open_cases:
            answers = board[row.actor - FIRST_STATE]["answers"]
            assert {"case": row.case, "tier": row.tier, "word": "arrived", "left": None} in answers


def test_chances_on_the_ladder_are_those_of_the_rule() -> None:
    """The frequencies with which the rule chooses, over a fine grid of its one draw, are the chances shown."""
    grid = 4000
    for rule in ("quantal", "prospect", "rational"):
        watched = Watched(Choice(settings={"rules.russia": rule}))
        watched.to(500.0)
        shown = minds.ladder_as_seen(watched, 3)
        assert sum(row["chance"] for row in shown) == pytest.approx(1.0)
        russia, run = watched.leadership(), watched.model
        counts: Counter[int] = Counter()
        for step in range(grid):
            situation = Situation(
                watched.hours, 3, 0, minds.ORDINARY, 0.0, 0.0, False, (0, 0, 0, 0),
                minds.casebook.deployed(run), True, 1.0, run.state.readiness[0], (step + 0.5) / grid,
            )  # fmt: skip
            counts[russia.at_opportunity(situation)] += 1
        for row in shown:
            assert counts[row["level"]] / grid == pytest.approx(row["chance"], abs=2 / grid)


def test_beliefs_shown_are_those_that_russia_acts_on() -> None:
    watched = Watched(Choice(seed=1))
    watched.to(3000.0)
    shown = minds.tiers_as_seen(watched)
    russia = watched.leadership()
    for row in shown:
        assert row["believed"] == russia.belief(row["tier"] - 1, watched.hours)
    assert any(abs(row["believed"] - row["promised"]) > 0.01 for row in shown)


def test_every_number_of_a_panel_is_the_model_s() -> None:
    """Each field held against the model's own state, at hours between events, over half a year."""
    watched = Watched(Choice(seed=1))
    world = watched.model.world
    seen = Counter[str]()
    while watched.hours < 4000.0:
        watched.forward(37.3)
        run, state, hours = watched.model, watched.model.state, watched.hours
        now = frame.instant(watched)
        assert (now["tension"], now["readiness"], now["week"]) == (
            state.tension,
            state.readiness[0],
            sum(state.week),
        )
        assert now["deployed"] == minds.casebook.deployed(run) > 0.0 and now["in_force"]
        for sector, shown in enumerate(frame.front(watched)):
            factor = 1.0 - world.p.monitoring_jamming_effect if state.jammed[sector] else 1.0
            assert shown["sensors"] == pytest.approx(world.coverage[sector] * factor)
            assert shown["fire"] == state.observed[sector]
            seen["fire"] += shown["fire"] > 0
            for each in shown["happens"]:
                slot = ("Russia", "Ukraine").index(each["side"]) * world.sectors + sector
                assert each["hours"] == pytest.approx(hours - state.violations.began[slot] / HOUR)
                assert each["level"] == state.violations.level[slot] > 0
                seen["violation"] += 1
        for each in frame.ledger(watched):
            slot = state.incidents.serial.index(each["serial"])
            assert each["hours"] == pytest.approx(hours - state.incidents.began[slot] / HOUR)
            assert each["posterior"] == state.incidents.posterior[slot]
            assert each["category"] == frame.CATEGORY_WORDS[state.incidents.truth[slot]]
            seen["incident"] += 1
        for case in frame.clocks(watched):
            slot = state.cases.serial.index(case["case"])
            assert case["live"] == pytest.approx(hours - state.cases.clock[slot] / HOUR)
            assert (case["posterior"], case["ordered"]) == (
                state.cases.posterior[slot],
                state.cases.ordered[slot],
            )
            for k, tier in enumerate(case["tiers"]):
                there = state.cases.arrived[slot][k] / world.tiers.weight[slot // (world.sectors + 1)][k]
                assert (
                    tier["strength"] == pytest.approx(there) and tier["required"] == world.tiers.required[k]
                )
                seen["strength"] += there > 0
        for shown, member in zip(minds.board(watched), run.parties.responders, strict=True):
            assert isinstance(member, minds.State)
            assert shown["will"] == member.base_will + member.mood
            assert shown["fatigue"] == member.fatigue_at(hours) and shown["effort"] == member.effort(hours)
            seen["will"] += shown["will"] != 0
    assert all(seen[name] > 20 for name in ("fire", "violation", "incident", "strength", "will")), seen


def test_samples_are_of_their_hour() -> None:
    watched, again = Watched(Choice(seed=1)), Watched(Choice(seed=1))
    watched.to(1200.0)
    for sample in watched.samples[1::9]:
        again.to(sample["t"])
        state = again.model.state
        assert (sample["tension"], sample["readiness"]) == (state.tension, state.readiness[0])
        assert sample["week"] == sum(state.week)
        assert sample["beliefs"] == [tier["believed"] for tier in minds.tiers_as_seen(again)]


def test_a_scripted_russia_weighs_nothing() -> None:
    assert minds.ladder_as_seen(Watched(Choice(scenario="certain")), 3) == []


def test_a_greater_opportunity_is_worth_more() -> None:
    watched = Watched(Choice())
    worth = [minds.ladder_as_seen(watched, 3, value)[4]["value"] for value in minds.VALUES]
    assert worth == sorted(worth) and worth[0] < worth[-1]


def test_back_goes_to_the_event_before() -> None:
    watched = Watched(Choice(seed=1))
    hours = []
    for _ in range(6):
        act(watched, "event", 0.0, everything=True)
        hours.append(watched.hours)
    for earlier in reversed(hours[:-1]):
        act(watched, "back", 0.0, everything=True)
        assert watched.hours == pytest.approx(earlier, abs=1e-5)
    for _ in range(3):
        act(watched, "back", 0.0, everything=True)
    assert watched.hours < 0.001


# -- the map ---------------------------------------------------------------------------------------


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance between two places, degrees of latitude and longitude."""
    (p, q), (r, s) = (tuple(math.radians(x) for x in place) for place in (a, b))
    h = math.sin((r - p) / 2) ** 2 + math.cos(p) * math.cos(r) * math.sin((s - q) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(h))


def test_distances_on_the_map_are_true_within_six_per_cent() -> None:
    places = [map.KYIV, *((s.lat, s.lon) for s in tables.sectors())]
    shape = map.geometry()
    scale = shape["scale"] / 100.0  # units to a kilometre
    for one in places:
        for other in places:
            if kilometres(one, other) > 50.0:
                a, b = map.placed(*one), map.placed(*other)
                assert math.dist(a, b) / scale == pytest.approx(kilometres(one, other), rel=0.06)


def test_sectors_stand_in_order_and_marks_on_their_side() -> None:
    shape = map.geometry()
    sectors = shape["sectors"]
    for here, following in pairwise(sectors):
        assert here["path"][2] == following["path"][0]
    for sector in sectors:
        gap = math.dist(sector["russia"], sector["ukraine"])
        assert gap == pytest.approx(2 * map.MARK_OFF, abs=0.5)
        assert sector["russia"][0] > sector["ukraine"][0] or sector["russia"][1] > sector["ukraine"][1]
        for x, y in (sector["centre"], sector["label"], sector["russia"], sector["ukraine"]):
            assert 0 <= x <= shape["width"] and 0 <= y <= shape["height"]
    heights = sorted(sector["label"][1] for sector in sectors)
    assert min(b - a for a, b in pairwise(heights)) >= 30


# -- the desk --------------------------------------------------------------------------------------


def test_a_change_keeps_the_hour_and_a_replay_begins_anew() -> None:
    desk = Desk()
    watched_of(desk).to(300.0)
    assert desk.put(changed(desk.a.value, {"framework": "observe-only"}))
    assert watched_of(desk).hours == 300.0
    desk.watch(Choice(seed=9))
    assert watched_of(desk).hours < 1.0 and desk.tab.value == "watch"


@pytest.mark.parametrize(
    "given", ["", "-1", "x", "1e3", "99999999999999999999999", "18446744073709551616", "²"]
)
def test_a_seed_that_is_none_is_refused_in_words(given: str) -> None:
    desk = Desk()
    before = desk.a.value
    assert not desk.put(changed(before, {"seed": given}))
    assert desk.a.value == before and desk.problem.value.startswith("seed: got")


def test_the_largest_seed_is_kept_whole() -> None:
    assert changed(Choice(), {"seed": str(2**64 - 1)}).seed == 2**64 - 1


def test_another_run_is_the_next_replication() -> None:
    assert changed(Choice(replication=4), {"other": True}).replication == 5


def test_what_grows_is_sent_once_and_anew_for_another_run() -> None:
    sent = Sent()
    assert sent.news("one", "lines", [{"n": 1}]) == (0, [{"n": 1}])
    assert sent.news("one", "lines", [{"n": 1}, {"n": 2}]) == (1, [{"n": 2}])
    assert sent.news("one", "lines", [{"n": 1}, {"n": 2}]) == (2, [])
    assert sent.news("two", "lines", [{"n": 9}]) == (0, [{"n": 9}])
    sent.forget()
    assert sent.news("two", "lines", [{"n": 9}]) == (0, [{"n": 9}])


def test_a_page_is_sent_the_newest_lines_of_a_log_that_is_too_long() -> None:
    sent = Sent()
    known = [{"n": number} for number in range(MOST_LINES + 5)]
    start, lines = sent.news("one", "lines", known)
    assert start == 5 and lines == known[5:]
    known = [*known, {"n": -1}]
    assert sent.news("one", "lines", known) == (MOST_LINES + 5, [{"n": -1}])


def test_a_run_longer_than_a_page_can_hold_is_refused_in_words() -> None:
    desk = Desk()
    assert not desk.put(Choice(settings={"scenario.days": 18250.0}))
    assert "at most 3653 on a page" in desk.problem.value
    assert desk.put(Choice(days=3653.0))


def test_the_tour_shows_what_it_says() -> None:
    assert len(said()["steps"]) == len(STEPS)
    desk = Desk()
    clock = []
    for step in range(len(STEPS)):
        to_step(desk, step)
        assert desk.step.value == step and desk.tab.value == STEPS[step].tab
        if step and desk.watched is not None and step < 5:
            (case,) = frame.clocks(desk.watched)
            clock.append(case["live"])
    assert clock == pytest.approx([0.0, 24.0, 72.0, 96.0])
    assert desk.a.value == Choice() and desk.b.value.framework == "observe-only"
    to_step(desk, 99)
    assert desk.step.value == -1


BAD = (
    None, 3, "x", [], {}, {"a": 1}, {"a": {"settings": []}}, {"a": {"settings": {"x": 1}}},
    {"a": {"framework": "/etc/passwd", "settings": {}}, "tab": [], "hours": "x"},
)  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_what_a_page_says_it_kept_is_taken_only_as_far_as_it_can_be_used(bad: object) -> None:
    desk = Desk()
    restore(desk, bad)
    assert desk.a.value == Choice() and desk.tab.value == "watch" and desk.problem.value == ""


def test_a_reload_finds_the_desk_again() -> None:
    desk, other = Desk(), Desk()
    desk.put(Choice(framework="two-sided", seed=2**64 - 1, settings={"reliability.tier_2": 0.5}, days=100.0))
    watched_of(desk).to(321.0)
    desk.tab.set("ask")
    restore(other, json.loads(json.dumps(kept(desk))))
    assert other.a.value == desk.a.value and other.tab.value == "ask"
    assert watched_of(other).hours == 321.0


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0\u2003=1", "\ufeff=1",
        "\u200b\ufeff @SUM(A1)", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", "  \t+1",
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(text: str) -> None:
    (head, row) = csv.reader(io.StringIO(csv_text([text], [[text]])))
    assert head == row == ["'" + text.replace("\r", " ")]


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    assert csv_text(["a", "b", "c"], [[-1.5, None, "x,y"]]) == 'a,b,c\n-1.5,,"x,y"\n'


def test_the_story_and_the_ledger_can_be_taken_away() -> None:
    watched = Watched(Choice(seed=1))
    watched.to_next_case()
    story_rows = list(csv.DictReader(io.StringIO(story_csv(watched))))
    assert len(story_rows) == len(watched.lines(True))
    assert story_rows[-1]["case"] == "1" or any(row["case"] == "1" for row in story_rows)
    ledger_rows = list(csv.DictReader(io.StringIO(ledger_csv(watched))))
    assert [int(row["serial"]) for row in ledger_rows] == [e["serial"] for e in frame.ledger(watched)]
    assert sum(float(ledger_rows[0][name]) for name in ("nothing", "russia_ordered", "russia_unauthorised",
                                                        "ukraine")) == pytest.approx(1.0)  # fmt: skip


def test_a_figure_takes_the_ink_of_the_page() -> None:
    svg = '<?xml version="1.0"?><svg><path style="fill: #ffffff; stroke: #000000"/></svg>'
    assert themed(svg) == '<svg><path style="fill: var(--paper); stroke: currentColor"/></svg>'


def test_a_party_of_plain_python_is_refused() -> None:
    with pytest.raises(BadInput, match="a shipped rule"):
        _ = Choice(settings={"rules.russia": "/tmp/x.py:Evil"}).resolved

"""The table: sessions, rounds, deadline, breakdown, walkout; the two protocols; the mediator that learns; its log."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from agents.bargaining.negotiators import STRATEGIES
from agents.talks.delegations import Broker
from agents.talks.guesses import Guess, Prior
from environment.log import Event, Row, record, usa
from environment.rules import draws
from environment.rules.draws import DAY, HOUR, exponential
from environment.sentences import story
from environment.talks.front import WEEK, Front
from environment.talks.model import TalksModel
from environment.talks.packages import Space, issues, package_words
from environment.talks.packages import space as space_of
from environment.talks.protocols import AGREED, BREAKDOWN, DEADLINE, EXHAUSTION, HORIZON, WALKOUT
from tests.talks_tables import Asked, Fixed, line_space, table_of

SIZE = 40
X = np.arange(SIZE) / (SIZE - 1)
PIE = np.column_stack([X, 1.0 - X])
"""A pie: what one gets, the other does not."""
STUBBORN: dict[str, Any] = {"talks.russia": "boulware", "talks.ukraine": "boulware", "talks.boulware": 0.01}


def rows_of(model: TalksModel, event: Event) -> list[Row]:
    return [row for row in model.log if row.event == event]


def times(model: TalksModel, event: Event) -> list[int]:
    return [row.time for row in rows_of(model, event)]


def silent(**settings: Any) -> dict[str, Any]:
    """Talks in which nobody ever agrees: the mediator has no text."""
    return {"talks.protocol": "mediated"} | {key.replace("__", "."): value for key, value in settings.items()}


# -- the clock -------------------------------------------------------------------------------------


class Counting(Asked):
    """A mediator without a text that notes when it was asked, and what was left then."""

    def __init__(self, model: TalksModel) -> None:
        super().__init__(model.space.size)
        self.model = model
        self.when: list[int] = []

    def tables(self, turn: Any, text: int, objections: Any, refused: Any) -> int:
        self.when.append(self.model.now)
        return super().tables(turn, text, objections, refused)


CLOCKS = [
    {"session_days": 14.0, "rounds": 4, "round_hours": 8.0, "deadline_days": 180.0},
    {"session_days": 7.0, "rounds": 3, "round_hours": 24.0, "deadline_days": 60.0},
    {
        "session_days": 10.0,
        "rounds": 5,
        "round_hours": 12.0,
        "deadline_days": 31.0,
    },  # the last session is cut short
    {"session_days": 14.0, "rounds": 4, "round_hours": 8.0, "deadline_days": 14.4},
    {"session_days": 30.0, "rounds": 1, "round_hours": 2.0, "deadline_days": 90.0},
    {"session_days": 1.0, "rounds": 6, "round_hours": 8.0, "deadline_days": 5.0},  # sessions overlap
]


def calendar(clock: dict[str, Any]) -> list[float]:
    """Hours at which rounds are held, from the words of the parameters."""
    last = clock["deadline_days"] * 24.0
    opens = np.arange(0.0, last, clock["session_days"] * 24.0)
    held = [at + k * clock["round_hours"] for at in opens for k in range(clock["rounds"])]
    return sorted(at for at in held if at < last)


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("start", [0, 100 * DAY + 5 * HOUR])
def test_sessions_and_rounds_are_held_when_they_are_due(clock: dict[str, Any], start: int) -> None:
    settings = silent(**{f"talks__{key}": value for key, value in clock.items()})
    model = table_of(PIE, settings, Counting, start=start)
    assert model.run() == -1 and model.outcome == DEADLINE
    asked: Any = model.table.mediator
    due = calendar(clock)
    assert [(at - start) / HOUR for at in asked.when] == pytest.approx(due)
    opens = np.arange(0.0, clock["deadline_days"], clock["session_days"])
    assert [(at - start) / DAY for at in times(model, Event.SESSION_OPENS)] == pytest.approx(opens.tolist())
    assert [row.x for row in rows_of(model, Event.SESSION_OPENS)] == list(range(1, len(opens) + 1))
    (end,) = rows_of(model, Event.TALKS_END)
    assert (
        end.time == start + round(clock["deadline_days"] * DAY) and end.y == len(due) == model.progress.rounds
    )


@pytest.mark.parametrize("clock", CLOCKS)
def test_who_speaks_knows_how_many_rounds_are_left(clock: dict[str, Any]) -> None:
    """Also where the deadline cuts a session short: somebody must know that this text is the last."""
    settings = silent(**{f"talks__{key}": value for key, value in clock.items()})
    model = table_of(PIE, settings, Counting)
    model.run()
    asked: Any = model.table.mediator
    turns = [turn for _, _, _, turn in asked.told]
    assert [turn.left for turn in turns] == list(range(len(turns), 0, -1))
    assert [turn.last for turn in turns] == [False] * (len(turns) - 1) + [True]
    assert [turn.progress for turn in turns] == sorted(turn.progress for turn in turns)
    assert turns[0].progress == 0.0 and turns[-1].progress < 1.0
    if clock["rounds"] * clock["round_hours"] <= 24.0 * clock["session_days"]:
        opening = [at in set(times(model, Event.SESSION_OPENS)) for at in asked.when]
        assert [turn.opening for turn in turns] == opening


@pytest.mark.parametrize("replication", range(6))
def test_talks_break_down_at_the_instant_that_is_drawn(replication: int) -> None:
    settings = silent(talks__breakdown_per_year=4.0)
    model = table_of(PIE, settings, replication=replication, number=2, start=3 * DAY)
    need, _ = model.draw(draws.BREAKDOWN, 2, 0)
    at = 3 * DAY + exponential(need) / 4.0 * 365.0 * DAY
    model.run()
    if at < model.deadline:
        assert model.outcome == BREAKDOWN and abs(model.now - at) <= 1
    else:
        assert model.outcome == DEADLINE and model.now == model.deadline


def test_talks_break_down_and_do_not() -> None:
    ended = set()
    for replication in range(12):
        model = table_of(PIE, silent(talks__breakdown_per_year=4.0), replication=replication)
        model.run()
        ended.add(model.outcome)
    assert ended == {BREAKDOWN, DEADLINE}


def test_time_that_is_looked_at_ends_before_the_deadline() -> None:
    model = table_of(PIE, silent(), start=50 * DAY, horizon=80 * DAY)
    model.run()
    assert model.outcome == HORIZON and model.now == 80 * DAY
    model = table_of(PIE, silent(talks__deadline_days=30.0), start=50 * DAY, horizon=80 * DAY)
    model.run()
    assert model.outcome == DEADLINE and model.now == 80 * DAY


@pytest.mark.parametrize(("horizon", "deadline"), [(90.0, 180.0), (80.0, 180.0), (90.0, 30.0)])
def test_talks_end_with_the_war(horizon: float, deadline: float) -> None:
    """At the very instant, also where that is the deadline, or the end of the time looked at."""
    model = table_of(
        PIE,
        silent(talks__deadline_days=deadline),
        start=50 * DAY,
        horizon=round(horizon * DAY),
        exhaustion=80 * DAY,
    )
    model.run()
    assert model.outcome == EXHAUSTION and model.now == 80 * DAY and model.booked == model.now
    told = record(rows_of(model, Event.TALKS_END)[0])
    assert told["outcome"] == "exhaustion"
    assert "the war has ended of exhaustion" in next(iter(story(rows_of(model, Event.TALKS_END))))


def test_a_deadline_before_the_war_s_own_end_is_a_deadline() -> None:
    model = table_of(PIE, silent(talks__deadline_days=20.0), start=50 * DAY, exhaustion=80 * DAY)
    model.run()
    assert model.outcome == DEADLINE and model.now == 70 * DAY


@pytest.mark.parametrize("side", [0, 1])
def test_who_sees_nothing_better_than_the_war_walks_out(side: int) -> None:
    gains = PIE.copy()
    gains[:, side] = -0.01
    model = table_of(gains)
    model.run()
    (end,) = rows_of(model, Event.TALKS_END)
    assert model.outcome == WALKOUT and end.actor == side and model.now == 0 and end.y == 0


def test_who_sees_nothing_but_what_is_vetoed_walks_out() -> None:
    gains = np.column_stack([np.where(X > 0.5, X, -1.0), np.full(SIZE, 0.1)])
    model = table_of(gains, vetoed=np.flatnonzero(X > 0.5).tolist())
    model.run()
    assert model.outcome == WALKOUT and rows_of(model, Event.TALKS_END)[0].actor == 0
    assert (
        table_of(gains, vetoed=np.flatnonzero(X <= 0.5).tolist()).run() == -1
    )  # no texts, but nobody leaves


def test_the_war_goes_on_while_they_talk_and_is_booked_once() -> None:
    front = Front(0.0, 5500.0)
    model = table_of(
        PIE, silent(talks__deadline_days=40.0, talks__session_days=9.0), front=front, start=2 * DAY
    )
    model.run()
    moves = rows_of(model, Event.FRONT_MOVES)
    assert sum(row.x for row in moves) == pytest.approx(front.taken) and front.taken > 0.0
    alone = Front(0.0, 5500.0)
    at = 2 * DAY
    while at < 42 * DAY:
        until = min(42 * DAY, (at // WEEK + 1) * WEEK)
        alone.advance(model.values, at, until, model.draw)
        at = until
    assert front.taken == pytest.approx(alone.taken) and moves[-1].y == pytest.approx(alone.donetsk)
    assert {7 * DAY, 14 * DAY, 21 * DAY} <= {row.time for row in moves}


# -- the log ---------------------------------------------------------------------------------------


def test_the_log_tells_the_talks_in_order_and_in_words() -> None:
    model = table_of(
        PIE, {"talks.protocol": "alternating"} | STUBBORN | {"talks.deadline_days": 40.0}, vetoed=[3]
    )
    model.run()
    assert model.outcome == AGREED  # in the last turn, when nothing is left to wait for
    assert [row.time for row in model.log] == sorted(row.time for row in model.log)
    told = [record(row) for row in model.log]
    assert told[0] == told[0] | {"event": "talks_begin", "talks": 1, "t": 0}
    assert [e["event"] for e in told[1:4]] == ["session_opens", "consulted", "consulted"]
    assert [(e["actor"], e["vetoes"], e["of"]) for e in told[2:4]] == [
        ("United States", 0, SIZE),
        ("Europe", 1, SIZE),
    ]
    assert [e["event"] for e in told[-2:]] == ["agreement", "talks_end"]
    assert told[-1]["outcome"] == "agreement" and told[-1]["rounds"] == model.progress.rounds
    assert told[-2]["package"] == package_words(int(model.space.codes[model.agreed]))
    assert sum(e["event"] == "consulted" for e in told) == 2  # said again only where it has changed
    for row in rows_of(model, Event.ANSWER):
        assert record(row)["accepts"] in ("yes", "no") and record(row)["objects_to"] is None
    venues = [e["venue"] for e in told if e["event"] == "session_opens"]
    assert venues == ["Abu Dhabi", "Geneva", "Istanbul"]


def test_nothing_is_logged_where_no_log_is_kept_and_nothing_changes() -> None:
    kept, bare = (table_of(PIE, {"talks.protocol": "alternating"}, keep_log=keep) for keep in (True, False))
    assert kept.run() == bare.run() and kept.now == bare.now and not bare.log and kept.log


# -- alternating offers ----------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["boulware", "linear", "conceder", "tit-for-tat", "best-response"])
def test_offers_alternate_and_are_better_than_war_for_who_makes_them_and_open(strategy: str) -> None:
    rng = np.random.default_rng(4)
    gains = rng.normal(0.0, 1.0, (SIZE, 2))
    gains[0] = 0.05
    vetoed = [1, 5, 9]
    settings = {
        "talks.protocol": "alternating", "talks.russia": strategy, "talks.ukraine": strategy,
        "talks.deadline_days": 60.0,
    }  # fmt: skip
    model = table_of(gains, settings, vetoed=vetoed, guess=gains + rng.normal(0, 0.3, gains.shape))
    first = model.progress.speaker
    model.run()
    place = {float(code): k for k, code in enumerate(model.space.codes.tolist())}
    offers, answers = rows_of(model, Event.OFFER), rows_of(model, Event.ANSWER)
    assert [row.actor for row in offers] == [(first + k) % 2 for k in range(len(offers))] and offers
    assert [row.y for row in offers] == list(range(1, len(offers) + 1))
    for offer, answer in zip(offers, answers, strict=True):
        package = place[offer.x]
        assert gains[package, offer.actor] >= 0.0 and package not in vetoed
        assert answer.actor == 1 - offer.actor and answer.x == offer.x and answer.time == offer.time
        assert not answer.y or gains[package, answer.actor] >= 0.0
    assert [row.y for row in answers[:-1]] == [0.0] * (len(answers) - 1)
    assert (answers[-1].y == 1.0) == (model.outcome == AGREED)


def test_a_boulware_concedes_later_than_a_conceder_in_days() -> None:
    days = {}
    for name in ("boulware", "linear", "conceder"):
        settings = {
            "talks.protocol": "alternating",
            "talks.russia": name,
            "talks.ukraine": name,
            "talks.boulware": 0.2,
        }
        model = table_of(PIE, settings)
        model.run()
        assert model.outcome == AGREED
        days[name] = model.now / DAY
    assert days["boulware"] > days["linear"] + 14 > days["conceder"] + 28


# -- one text --------------------------------------------------------------------------------------


def answers_of(model: TalksModel) -> list[tuple[int, int, bool, int]]:
    return [(row.actor, int(row.x), bool(row.y), int(row.z)) for row in rows_of(model, Event.ANSWER)]


def test_a_text_is_tabled_both_answer_and_say_what_they_mind() -> None:
    """Three issues with options worth something; the mediator's texts are given, so all that follows is by hand."""
    space = space_of("army reconstruction sanctions")
    worth = np.array(
        [[0.0, 3.0, -1.0], [0.0, 1.0, 2.0], [0.0, 0.5, 4.0]]
    )  # Russia: army, reconstruction, sanctions
    places = [[issue.name for issue in issues()].index(n) for n in ("army", "reconstruction", "sanctions")]
    russia = sum(worth[k][space.choices[:, p]] for k, p in enumerate(places)) - 5.0
    ukraine = 5.0 - russia
    gains = np.column_stack([russia, ukraine])
    texts = [0, 0, int(np.argmax(russia)), int(np.argmax(russia))]
    settings = {"talks.russia": "boulware", "talks.ukraine": "conceder", "talks.session_days": 10.0}
    model = table_of(gains, settings, lambda m: Asked(space.size, texts), space)
    model.run()
    first = answers_of(model)[:2]
    assert first[0] == (
        0,
        int(space.codes[0]),
        False,
        places[2],
    )  # sanctions lifted would raise it most, by 4
    assert first[1][0] == 1 and first[1][2]  # all that it could wish for
    asked: Any = model.table.mediator
    assert asked.told[0][:3] == (-1, {}, frozenset())
    assert asked.told[1][0] == 0 and asked.told[1][1] == {0: places[2]} and asked.told[1][2] == {0}
    assert asked.heard[:2] == [(0, 0, False), (1, 0, True)]
    assert asked.told[4][2] == frozenset()  # a new session: what was refused may be tabled again
    tabled = rows_of(model, Event.TEXT_TABLED)
    assert all(row.actor == usa() for row in tabled) and [row.y for row in tabled] == list(
        range(1, len(tabled) + 1)
    )
    for k, row in enumerate(tabled):
        assert [(a, x) for a, x, _, _ in answers_of(model)[2 * k : 2 * k + 2]] == [
            (0, int(row.x)),
            (1, int(row.x)),
        ]


def test_a_text_that_both_accept_is_agreed() -> None:
    gains = np.full((SIZE, 2), 0.2)
    gains[7] = 1.0
    model = table_of(gains, mediator=lambda m: Asked(SIZE, [7]))
    assert model.run() == 7 and model.progress.rounds == 1 and model.outcome == AGREED


@pytest.mark.parametrize(("pressure", "agreed"), [(0.0, False), (0.09, False), (0.11, True)])
def test_the_mediator_s_last_text_is_refused_at_a_cost(pressure: float, agreed: bool) -> None:
    gains = np.full((SIZE, 2), 1.0)
    gains[7] = (-0.1, 0.5)
    settings = {"talks.pressure": pressure, "talks.deadline_days": 30.0}
    model = table_of(gains, settings, lambda m: Asked(SIZE, [7]))
    assert (model.run() == 7) == agreed
    assert model.progress.rounds == 12  # three sessions of four


def test_pressure_is_felt_where_the_deadline_cuts_the_last_session_short() -> None:
    gains = np.full((SIZE, 2), 1.0)
    gains[7] = (-0.1, 0.5)
    settings = {"talks.pressure": 0.2, "talks.deadline_days": 28.5}
    model = table_of(gains, settings, lambda m: Asked(SIZE, [7]))
    assert model.run() == 7 and model.progress.rounds == 10  # rounds at 0 and 8 h of the third session


def test_without_a_text_nothing_is_asked_of_the_parties() -> None:
    model = table_of(PIE, silent())
    model.run()
    assert not rows_of(model, Event.ANSWER) and not rows_of(model, Event.TEXT_TABLED)


# -- the mediator learns ---------------------------------------------------------------------------


class Drawn:
    """Preferences that are a table of gains."""

    def __init__(self, gains: np.ndarray) -> None:
        self.made = np.column_stack([gains, np.ones_like(gains)])

    def gains(self, donetsk_km2: float) -> np.ndarray:
        return self.made


def hypotheses(count: int, seed: int = 5) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(0.0, 1.0, (SIZE, 2)) for _ in range(count)]


def test_the_mediator_finds_out_what_a_party_wants() -> None:
    """A party answers by one of fifty hypotheses for two dozen texts: the posterior comes to lie on it."""
    tables = hypotheses(50)
    (gains, _) = Prior([Drawn(t) for t in tables]).gains(5500.0)  # type: ignore[misc, list-item]
    true = 17
    guess = Guess(50, exponent=0.5, surprise=0.05)
    guess.informed(gains)
    assert guess.posterior == pytest.approx(np.full(50, 0.02))
    weights = [guess.posterior[true]]
    for text in range(24):
        progress = 0.5 + text / 60.0
        best = tables[true][:, 0].max()
        guess.hears(text, bool(tables[true][text, 0] >= best * (1.0 - progress**2)), progress)
        weights.append(guess.posterior[true])
    assert weights[-1] > 0.5 and np.argmax(guess.posterior) == true
    assert guess.posterior.sum() == pytest.approx(1.0)


def test_bayes_rule_of_one_answer_is_written_out() -> None:
    gains = np.array([[0.9, 0.1], [1.0, 1.0]], np.float32)
    guess = Guess(2, exponent=1.0, surprise=0.2)
    guess.informed(gains)
    guess.hears(0, True, 0.5)  # both insist on .5 of 1
    odds = [1.0 / (1.0 + math.exp(-(g - 0.5) / 0.2)) for g in (0.9, 0.1)]
    assert guess.posterior == pytest.approx(np.array(odds) / sum(odds), rel=1e-5)
    refused = Guess(2, exponent=1.0, surprise=0.2)
    refused.informed(gains)
    refused.hears(0, False, 0.5)
    assert (
        refused.posterior == pytest.approx(1.0 - np.array(odds) / 1.0, abs=0.2) and refused.posterior[1] > 0.8
    )


def test_its_chances_rise_on_what_a_party_accepts() -> None:
    tables = hypotheses(60)
    true = tables[3][:, 0]
    guess = Guess(60, exponent=0.5, surprise=0.05)
    guess.informed(Prior([Drawn(t) for t in tables]).gains(0.0)[0])  # type: ignore[list-item]
    progress = 0.8
    accepts = true >= true.max() * (1.0 - progress**2)
    before = guess.chances(progress)
    for text in range(0, SIZE, 2):
        guess.hears(text, bool(accepts[text]), progress)
    after = guess.chances(progress)
    untold = np.arange(SIZE) % 2 == 1  # also where it never asked
    assert after[accepts & untold].mean() > before[accepts & untold].mean() + 0.2
    assert after[~accepts & untold].mean() < before[~accepts & untold].mean() - 0.2
    assert ((before >= 0) & (before <= 1 + 1e-6)).all() and ((after >= 0) & (after <= 1 + 1e-6)).all()


def test_a_mediator_that_learns_comes_to_an_agreement() -> None:
    """Its prior is of the right kind; who is at the table is none of its hypotheses, and it brings them together."""
    rng = np.random.default_rng(12)
    agreed = rounds = 0
    for case in range(10):
        gains = rng.normal(0.0, 1.0, (SIZE, 2))
        gains[case] = (0.9, 0.9)
        tables = [gains + rng.normal(0.0, 0.5, gains.shape) for _ in range(40)]
        prior = Prior([Drawn(t) for t in tables])  # type: ignore[misc]

        def broker(m: TalksModel, g: np.ndarray = gains, p: Prior = prior) -> Broker:
            return Broker(m, Fixed(g), p)  # type: ignore[arg-type]

        model = table_of(gains, {"talks.mediator_interest": 0.0}, broker, replication=case)
        place = model.run()
        if model.outcome == AGREED:
            agreed += 1
            rounds += model.progress.rounds
            assert (gains[place] >= -0.1).all()  # the last text is taken under pressure
    assert agreed >= 8 and rounds / agreed > 1


# -- all of them -----------------------------------------------------------------------------------


SMALL = space_of("line army sanctions")


@pytest.mark.parametrize("protocol", ["mediated", "alternating"])
@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_every_way_of_bargaining_comes_to_an_end(protocol: str, strategy: str) -> None:
    """Against every other, and itself: a package that both can bear, or none."""
    rng = np.random.default_rng(7)
    for seed, other in enumerate(sorted(STRATEGIES), 1):
        gains = rng.normal(0.1, 0.5, (SMALL.size, 2))
        settings = {
            "talks.protocol": protocol, "talks.russia": strategy, "talks.ukraine": other,
            "talks.deadline_days": 60.0, "talks.hypotheses": 20,
        }  # fmt: skip
        prior = Prior([Drawn(gains + rng.normal(0, 0.3, gains.shape)) for _ in range(20)])  # type: ignore[misc]

        def broker(m: TalksModel, g: np.ndarray = gains, p: Prior = prior) -> Broker:
            return Broker(m, Fixed(g), p)  # type: ignore[arg-type]

        runs = [
            table_of(gains, settings, broker, SMALL, guess=gains + 0.1, seed=seed, rates=(0.1, 0.3))
            for _ in range(2)
        ]
        agreed = [model.run() for model in runs]
        assert agreed[0] == agreed[1] and runs[0].log == runs[1].log and runs[0].over
        assert (agreed[0] >= 0) == (runs[0].outcome == AGREED)
        if agreed[0] >= 0:
            assert (gains[agreed[0]] >= (-0.1 if protocol == "mediated" else 0.0)).all()


def learnt(drawn: dict[str, Any], likeliest: dict[str, Any]) -> list[float]:
    """What two who learn come to think of the other's issues; gains are the same whatever is said of the parameters."""
    gains = np.random.default_rng(3).normal(0.1, 0.5, (SMALL.size, 2))
    settings = {
        "talks.protocol": "alternating", "talks.russia": "bayesian", "talks.ukraine": "bayesian",
        "talks.hypotheses": 20, "talks.surprise": 0.05,
    }  # fmt: skip
    model = table_of(gains, settings | drawn, space=SMALL, guess=gains * 0.5, likeliest=settings | likeliest)
    model.run()
    minds: Any = model.table.principals
    return [float(factor) for mind in minds for factor in mind.negotiator.factors]


def test_who_learns_starts_from_the_likeliest_stakes_of_the_other_and_not_from_those_drawn() -> None:
    secret = {f"stakes.{issue}.russia": v for issue, v in (("army.600", 2.0), ("sanctions.lifted", -3.0))}
    secret |= {f"stakes.{issue}.ukraine": v for issue, v in (("army.600", -3.0), ("sanctions.phased", 2.0))}
    assert learnt(secret, {}) == learnt({}, {}) != learnt({}, secret)


def test_the_helper_s_packages_are_distinct() -> None:
    assert len(np.unique(line_space(SIZE).codes)) == SIZE and isinstance(line_space(3), Space)

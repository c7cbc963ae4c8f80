"""Negotiators and the mediator: what each never does, how each concedes, what it learns, and that it is quick."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.bargaining import solutions
from agents.bargaining.gains import Bools, Floats, Ints
from agents.bargaining.mediator import SingleText, objection
from agents.bargaining.negotiators import (
    STRATEGIES,
    Bayesian,
    BestResponse,
    Negotiator,
    TimeDependent,
    TitForTat,
    View,
)

TURNS = 20


def view(own: Floats, other: Floats, turn: int = 0, turns: int = TURNS, free: Bools | None = None) -> View:
    """Turn 0, 1, ... of a negotiation that ends after so many turns."""
    opened = np.ones(len(own), np.bool_) if free is None else free
    return View(own, other, opened, turn / turns, turns - turn, 0.95, 0.9)


def line(options: int = 101) -> tuple[Floats, Floats]:
    """Gains of two sides that divide 1 in equal steps, package i giving the first i of them."""
    own = np.linspace(0.0, 1.0, options)
    return own, own[::-1].copy()


def domain(seed: int, issues: int = 4, options: int = 4) -> tuple[Ints, list[Floats], list[Floats]]:
    """(choices, values of one side, values of the other) of an additive problem; the sides' interests differ."""
    rng = np.random.default_rng(seed)
    choices = np.array(list(product(range(options), repeat=issues)), np.int64)
    one = [np.sort(rng.uniform(0, 1, options)) for _ in range(issues)]
    two = [np.sort(rng.uniform(0, 1, options))[::-1].copy() for _ in range(issues)]
    return choices, one, two


def additive(choices: Ints, values: list[Floats], weights: Floats) -> Floats:
    worth = np.column_stack([of[choices[:, i]] for i, of in enumerate(values)])
    return np.asarray(worth @ weights)


def make(name: str, packages: int) -> Negotiator:
    """A negotiator of any name; the learner's packages have two issues, of parity and of size."""
    if name in ("boulware", "conceder"):
        return STRATEGIES[name](exponent=0.2 if name == "boulware" else 5.0)
    if name == "bayesian":
        numbers = np.arange(packages)
        choices = np.column_stack([numbers % 2, numbers // 2])
        values = [np.array([0.0, 1.0]), np.linspace(0.0, 2.0, packages)]
        hypotheses = np.array([[1.0, 1.0], [2.0, 0.5], [0.0, 1.5]])
        return STRATEGIES[name](
            exponent=0.8, choices=choices, values=values, hypotheses=hypotheses, sigma=0.2
        )
    return STRATEGIES[name]()


# -- what none of them does ------------------------------------------------------------------------

whole = st.integers(-3, 6).map(float)


@pytest.mark.parametrize("name", sorted(STRATEGIES))
@given(st.data())
def test_no_negotiator_offers_or_takes_what_is_closed_or_worse_than_no_agreement(
    name: str, data: st.DataObject
) -> None:
    size = data.draw(st.integers(2, 10))
    own, other = (np.array(data.draw(st.lists(whole, min_size=size, max_size=size))) for _ in range(2))
    free = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    offers = data.draw(st.lists(st.integers(-1, size - 1), min_size=1, max_size=6))
    me, fine = make(name, size), free & (own >= 0.0)
    for turn, offer in enumerate(offers):
        now = view(own, other, 2 * turn, 2 * len(offers), free)
        offered = me.propose(now)
        assert (offered == -1) == (not fine.any())
        assert offered == -1 or fine[offered]
        then = view(own, other, 2 * turn + 1, 2 * len(offers), free)
        me.hears(then, offer)
        taken = me.accepts(then, offer)
        assert not taken or fine[offer]
        if then.turns_left == 1:
            assert taken == (offer >= 0 and bool(fine[offer]))


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_negotiator_takes_its_best_at_once(name: str) -> None:
    own, other = line(11)
    me = make(name, 11)
    me.hears(view(own, other), 10)
    assert me.accepts(view(own, other), 10)


@pytest.mark.parametrize(("name", "exponent"), [("boulware", 1.01), ("conceder", 0.99), ("boulware", 0.0)])
def test_an_exponent_that_belies_the_name_is_refused(name: str, exponent: float) -> None:
    with pytest.raises(ValueError, match="exponent"):
        STRATEGIES[name](exponent=exponent)


# -- concession by the clock -----------------------------------------------------------------------


def test_a_boulware_concedes_later_than_a_linear_and_that_later_than_a_conceder() -> None:
    own, other = line(1001)
    for turn in range(1, TURNS):
        now = view(own, other, turn)
        gains = [own[make(name, 1001).propose(now)] for name in ("boulware", "linear", "conceder")]
        assert gains[0] > gains[1] > gains[2]


@pytest.mark.parametrize("exponent", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("turn", [0, 5, 19])
def test_the_target_is_faratin_s_and_what_is_accepted_that_of_the_next_turn(
    exponent: float, turn: int
) -> None:
    own, other = line(1001)
    me, now = TimeDependent(exponent), view(2.0 * own, other, turn)
    target = 2.0 * (1.0 - (turn / TURNS) ** (1.0 / exponent))
    assert 2.0 * own[me.propose(now)] == pytest.approx(target, abs=0.0021)
    assert 2.0 * own[me.propose(now)] >= target - 1e-12
    following = 2.0 * (1.0 - ((turn + 1) / TURNS) ** (1.0 / exponent))
    for package in range(1001):
        if abs(2.0 * own[package] - following) > 1e-9:
            assert me.accepts(now, package) == (2.0 * own[package] >= following)


def test_of_equal_packages_the_most_welcome_is_offered_then_its_own_best_then_the_first() -> None:
    own = np.array([4.0, 3.0, 3.0, 3.5, 3.5, 1.0])
    other = np.array([0.0, 2.0, 5.0, 5.0, 5.0, 9.0])
    assert TimeDependent(1.0).propose(view(own, other, 5)) == 3  # target 3
    assert TimeDependent(1.0).propose(view(own, other, 0)) == 0


def test_vetoes_lower_the_aim_to_the_best_that_is_left() -> None:
    own, other = line(11)
    free = np.arange(11) < 6
    assert TimeDependent(1.0).propose(view(own, other, 0, free=free)) == 5


# -- concession in kind ----------------------------------------------------------------------------


def test_tit_for_tat_mirrors_the_last_concession_and_takes_back_what_is_taken_back() -> None:
    own, other = line(101)
    me, made = TitForTat(), []
    for offer in (10, 20, 22, 17, 17):  # in its own gains: +.10, +.02, -.05, 0
        me.hears(view(own, other), offer)
        made.append(me.propose(view(own, other)))
    assert made == [100, 90, 88, 93, 93]


def test_tit_for_tat_does_not_go_past_the_nash_solution_nor_hold_a_concession_against_it() -> None:
    own, other = line(101)
    me = TitForTat()
    for offer in (0, 49, 90):
        me.hears(view(own, other), offer)
    assert me.propose(view(own, other)) == 50
    assert not me.accepts(view(own, other), 49)
    assert me.accepts(view(own, other), 50)
    me.hears(view(own, other), 80)  # what went beyond the bound is not owed
    assert me.propose(view(own, other)) == 60


def test_tit_for_tat_keeps_to_its_bound_when_a_veto_moves_it() -> None:
    own, other = line(101)
    me = TitForTat()
    for offer in (0, 50):
        me.hears(view(own, other), offer)
    assert me.propose(view(own, other)) == 50
    assert me.propose(view(own, other, free=own < 0.805)) == 50  # not .80 - .50


# -- best response ---------------------------------------------------------------------------------


def subgame(own: Floats, other: Floats, deltas: tuple[float, float], turns: int, mine: bool) -> int:
    """The equilibrium offer, by plain recursion over the tree of offers."""
    gains = (own, other) if mine else (other, own)
    least = 0.0
    if turns > 1:
        later = subgame(own, other, deltas, turns - 1, not mine)
        least = deltas[1 if mine else 0] * gains[1][later] if later >= 0 else 0.0
    agreed = [i for i in range(len(own)) if min(own[i], other[i]) >= 0 and gains[1][i] >= least]
    return min(agreed, key=lambda i: (-gains[0][i], -gains[1][i], i), default=-1)


@given(st.data(), st.integers(1, 7))
def test_the_best_response_is_the_recursion_s(data: st.DataObject, turns: int) -> None:
    size = data.draw(st.integers(2, 9))
    own, other = (np.array(data.draw(st.lists(whole, min_size=size, max_size=size))) for _ in range(2))
    now, me = view(own, other, 0, turns), BestResponse()
    expected = subgame(own, other, (0.95, 0.9), turns, True)
    if expected >= 0:
        assert me.propose(now) == expected
    least = 0.0
    if expected >= 0 and turns > 1:
        least = 0.95 * own[subgame(own, other, (0.95, 0.9), turns - 1, True)]
    for offer in range(size):
        assert me.accepts(now, offer) == bool(own[offer] >= max(0.0, least))


def test_of_offers_that_are_worth_the_same_to_it_the_best_response_makes_the_most_generous() -> None:
    own, other = np.array([5.0, 6.0, 6.0, 6.0, 2.0]), np.array([7.0, 1.0, 3.0, 3.0, 9.0])
    assert BestResponse().propose(view(own, other, 0, 1)) == 2


def test_what_one_best_response_offers_another_accepts_at_once() -> None:
    own, other = line(1001)
    one, two = BestResponse(), BestResponse()
    for turns in (2, 7, 50):
        offer = one.propose(View(own, other, own >= 0, 0.0, turns, 0.95, 0.9))
        answer = View(other, own, own >= 0, 0.0, turns, 0.9, 0.95)
        assert two.accepts(answer, offer)
        assert not two.accepts(answer, offer + 1)


def test_the_best_response_sees_what_has_changed_in_place() -> None:
    own, other = line(101)
    me = BestResponse()
    assert me.propose(view(own, other, 0, 1)) == 100
    own[100] = -1.0
    assert me.propose(view(own, other, 0, 1)) == 99


def test_a_negotiation_of_many_turns_over_many_packages_takes_well_under_a_second() -> None:
    rng = np.random.default_rng(5)
    own, other = rng.normal(0.5, 1.0, (2, 20_000))
    begun = time.process_time()
    me = BestResponse()
    for turn in range(200):
        now = view(own, other, turn, 200)
        me.propose(now) if turn % 2 == 0 else me.accepts(now, 7)
    assert time.process_time() - begun < 1.0


# -- learning --------------------------------------------------------------------------------------

WEIGHTS = np.array([2.2, 0.4, 1.2, 0.2])


def listening(seed: int, sigma: float = 0.1) -> tuple[Bayesian, Floats, View, Floats]:
    """A learner that has heard a linear conceder of known weights: (learner, hypotheses, last view, true gains)."""
    choices, mine, theirs = domain(seed, options=8)  # fine enough to follow a target closely
    reservation = 1.0
    true = additive(choices, theirs, WEIGHTS) - reservation
    prior = additive(choices, theirs, np.ones(4)) - reservation
    own = additive(choices, mine, np.ones(4)) - reservation
    rng = np.random.default_rng(seed + 100)
    hypotheses = np.vstack([WEIGHTS, np.ones(4), 4.0 * rng.dirichlet(np.ones(4), 60)])
    me = Bayesian(1.0, choices, theirs, hypotheses, sigma)
    speaker, heard = TimeDependent(1.0), view(own, prior)
    for turn in range(TURNS):
        heard = view(own, prior, turn)
        me.hears(heard, speaker.propose(view(true, own, turn)))
    return me, hypotheses, heard, true


@pytest.mark.parametrize("seed", range(5))
def test_the_posterior_concentrates_on_the_true_weights(seed: int) -> None:
    me, hypotheses, _, _ = listening(seed)
    assert me.posterior.sum() == pytest.approx(1.0)
    assert me.posterior[0] > 10 / len(hypotheses)
    distances = np.linalg.norm(hypotheses - WEIGHTS, axis=1)
    assert me.posterior @ distances < 0.5 * distances.mean()


@pytest.mark.parametrize("seed", range(5))
def test_what_is_learned_beats_the_prior_estimate(seed: int) -> None:
    me, _, heard, true = listening(seed)
    learned = np.sqrt(np.mean((me.estimate(heard) - true) ** 2))
    assert learned < 0.5 * np.sqrt(np.mean((heard.other - true) ** 2))


def test_a_learner_offers_the_other_more_at_the_same_price() -> None:
    more = []
    for seed in range(5):
        me, _, heard, true = listening(seed)
        now = view(heard.own, heard.other, TURNS // 2)
        informed, blind = me.propose(now), TimeDependent(1.0).propose(now)
        target = me.target(now, now.progress)
        assert min(heard.own[informed], heard.own[blind]) >= target
        more.append(true[informed] - true[blind])
    assert min(more) >= 0.0
    assert np.mean(more) > 0.3


def test_before_any_offer_the_estimate_is_the_prior_mean_over_the_reservation_value() -> None:
    choices, _, theirs = domain(1)
    hypotheses = np.array([[0.5, 1.0, 1.0, 1.0], [1.5, 1.0, 1.0, 1.0]])
    me = Bayesian(1.0, choices, theirs, hypotheses, 0.1)
    prior = additive(choices, theirs, np.ones(4)) - 0.7
    assert me.factors == pytest.approx(np.ones(4))
    assert me.estimate(view(prior, prior)) == pytest.approx(prior)


def test_the_likelihood_is_the_normal_density_about_a_linear_concession() -> None:
    choices, values = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), [np.array([0.0, 1.0])] * 2
    hypotheses, sigma = np.array([[3.0, 1.0], [1.0, 3.0]]), 0.3
    me = Bayesian(1.0, choices, values, hypotheses, sigma)
    prior = np.array([-0.5, 0.5, 0.5, 1.5])  # a reservation value of 0.5
    me.hears(view(prior, prior, 5), 2)  # gains 2.5 and 0.5 of a best of 3.5, where 0.75 of it was due
    likely = np.exp(-0.5 * ((np.array([2.5, 0.5]) / 3.5 - 0.75) / sigma) ** 2)
    assert me.posterior == pytest.approx(likely / likely.sum())
    free = np.array([True, True, True, False])
    me.hears(view(prior, prior, 10, free=free), 2)  # now the best that is open is 2.5
    likely *= np.exp(-0.5 * ((np.array([2.5, 0.5]) / 2.5 - 0.5) / sigma) ** 2)
    assert me.posterior == pytest.approx(likely / likely.sum())


# -- mediation -------------------------------------------------------------------------------------


def test_the_first_text_is_best_for_who_is_worst_off_and_then_as_the_mediator_likes() -> None:
    estimates = np.array([[4.0, 1.0], [2.0, 2.0], [3.0, 2.0], [1.0, 8.0]])  # least shares .125, .25, .25, .25
    own = np.array([0.0, 0.0, 1.0, 2.0])
    choices = np.arange(4)[:, None]
    mediator = SingleText(estimates, own, choices)
    assert mediator.first(np.ones(4, np.bool_), 0.0) == 1
    assert mediator.first(np.ones(4, np.bool_), 0.1) == 3
    assert mediator.first(np.array([True, True, True, False]), 0.1) == 2
    assert mediator.first(np.zeros(4, np.bool_), 0.1) == -1


def test_a_party_objects_to_the_issue_whose_change_would_help_it_most() -> None:
    choices, mine, _ = domain(2)
    weights = np.array([0.1, 3.0, 0.1, 0.1])
    gains = additive(choices, mine, weights)
    assert objection(gains, 0, choices) == 1
    assert objection(gains, int(gains.argmax()), choices) == -1


@given(
    st.integers(0, 255), st.sets(st.integers(0, 255), max_size=40), st.sets(st.integers(-1, 3), max_size=3)
)
def test_a_revision_is_the_best_open_neighbour_that_answers_an_objection(
    text: int, refused: set[int], issues: set[int]
) -> None:
    choices, mine, theirs = domain(3)
    estimates = np.column_stack([additive(choices, v, np.ones(4)) - 1.0 for v in (mine, theirs)])
    free = np.arange(256) % 5 != 0
    mediator = SingleText(estimates, np.zeros(256), choices)
    mediator.first(free, 0.5)
    named, best = issues - {-1}, -1
    least = (estimates / estimates.max(axis=0)).min(axis=1)
    for other in range(256):
        changed = {i for i in range(4) if choices[other, i] != choices[text, i]}
        fits = 1 <= len(changed) <= 2 and (not named or changed & named)
        if fits and free[other] and other not in refused and (best < 0 or least[other] > least[best]):
            best = other
    assert mediator.revise(text, dict(enumerate(issues)), refused) == best


def test_a_revision_is_never_the_text_itself() -> None:
    estimates, choices = np.array([[2.0, 2.0], [1.0, 1.0]]), np.array([[0], [1]])
    mediator = SingleText(estimates, np.zeros(2), choices)
    assert mediator.revise(0, {0: -1}, ()) == 1
    assert mediator.revise(0, {0: -1}, (1,)) == -1


@pytest.mark.parametrize("seed", range(6))
def test_a_single_text_ends_at_one_that_both_prefer_to_a_bad_first_text(seed: int) -> None:
    """The mediator knows the parties but roughly; each says no until a text gives it what it thinks is its due."""
    choices, mine, theirs = domain(seed)
    rng = np.random.default_rng(seed)
    gains = np.column_stack([additive(choices, v, rng.uniform(0.5, 2, 4)) - 0.8 for v in (mine, theirs)])
    estimates = np.column_stack([additive(choices, v, np.ones(4)) - 0.8 for v in (mine, theirs)])
    mediator = SingleText(estimates, np.zeros(len(gains)), choices)
    mediator.first(np.ones(len(gains), np.bool_), 0.0)
    due = 0.9 * gains[solutions.kalai_smorodinsky(gains)]
    begun = text = int((gains / due).max(axis=1).argmin())
    refused: set[int] = set()
    while (gains[text] < due).any():
        refused.add(text)
        angry = np.flatnonzero(gains[text] < due)
        text = mediator.revise(text, {int(i): objection(gains[:, i], text, choices) for i in angry}, refused)
        assert text >= 0
    assert 1 <= len(refused) < 30
    assert (gains[text] > gains[begun]).all()
    assert solutions.distances(gains, text)["pareto"] < solutions.distances(gains, begun)["pareto"]

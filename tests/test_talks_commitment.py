"""The commitment problem: the model's acceptance sets against the closed forms of the theory.

In one dimension, by summing streams of payoffs; through both engine and preferences, in a cease-fire that ends at a
rate that is known; and alternating offers at a real table, against Rubinstein's division.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.bargaining.commitment import (
    enforcement_needed,
    least_accepted,
    most_conceded,
    rubinstein_share,
    shift_threshold,
    stahl_share,
)
from agents.bargaining.solutions import acceptable, zone
from agents.talks.preferences import PEACE, RETURN, SHIFTED, UKRAINE, Preferences
from environment.talks.packages import RUSSIA, package_words
from environment.talks.protocols import AGREED
from experiments.talks.engine import worth_of
from experiments.talks.setting import Setting, resolve_talks
from tests.talks_tables import table_of

type Floats = NDArray[np.float64]

# -- one dimension ---------------------------------------------------------------------------------

STEPS = 4_000
SHARES = np.linspace(0.0, 1.0, STEPS + 1)


def stream(now: Floats | float, kept: Floats | float, broken: float, discount: float, r: float) -> Floats:
    """A payoff this period, and from the next on one of two for ever: added up period by period."""
    total, weight = np.zeros(STEPS + 1) + now, 1.0
    while weight > 1e-14:
        weight *= discount
        total = total + weight * (r * kept + (1.0 - r) * broken)
    return total


def gains_of(p: float, shift: float, destroyed: float, discount: float, r: float) -> Floats:
    """(shares, 2): gain over war now of the declining and of the rising side, for every division."""
    left = 1.0 - destroyed
    later = (p - shift) * left
    declining = stream(SHARES, SHARES, later, discount, r) - stream(
        p * left, p * left, p * left, discount, 1.0
    )
    war = (1.0 - p) * left
    rising = stream(1.0 - SHARES, 1.0 - SHARES, 1.0 - later, discount, r) - stream(
        war, war, war, discount, 1.0
    )
    return np.column_stack([declining, rising])


def cases(count: int) -> list[tuple[float, float, float, float, float]]:
    rng = np.random.default_rng(8)
    found = []
    for _ in range(count):
        p = float(rng.uniform(0.1, 0.95))
        found.append(
            (
                p,
                float(rng.uniform(0, p)),
                float(rng.uniform(0.02, 0.4)),
                float(rng.uniform(0.3, 0.97)),
                float(rng.uniform()),
            )
        )
    return found


CASES = cases(60)


@pytest.mark.parametrize("case", CASES, ids=[str(k) for k in range(len(CASES))])
def test_the_boundary_of_what_is_accepted_is_that_of_the_theory(case: tuple[float, ...]) -> None:
    accepts = acceptable(gains_of(*case))
    least, most = least_accepted(*case), most_conceded(*case)
    declining, rising = accepts[:, 0], accepts[:, 1]
    assert (np.diff(declining.astype(int)) >= 0).all() and (np.diff(rising.astype(int)) <= 0).all()
    if least > 1.0 + 1e-9:
        assert not declining.any()
    else:
        assert SHARES[declining][0] == pytest.approx(max(0.0, least), abs=1.0 / STEPS)
    if most < -1e-9:
        assert not rising.any()
    else:
        assert SHARES[rising][-1] == pytest.approx(most, abs=1.0 / STEPS)


def test_the_cases_reach_both_sides_of_every_boundary() -> None:
    bounds = [(least_accepted(*case), most_conceded(*case)) for case in CASES]
    assert any(least > 1 for least, _ in bounds) and any(0 < least < 1 for least, _ in bounds)
    assert any(most == 1 for _, most in bounds) and any(most < 1 for _, most in bounds)


def test_a_promise_that_is_kept_more_often_makes_the_declining_side_accept_more() -> None:
    """The sign of the commitment problem, share by share; without a shift of power, promises do not matter."""
    for p, shift, destroyed, discount, _ in CASES:
        before = np.zeros(STEPS + 1, np.bool_)
        for r in (0.0, 0.25, 0.5, 0.75, 1.0):
            now = acceptable(gains_of(p, shift, destroyed, discount, r))[:, 0]
            assert (now | ~before).all()
            before = now
    grew = [
        acceptable(gains_of(*case[:4], 1.0))[:, 0].sum() - acceptable(gains_of(*case[:4], 0.0))[:, 0].sum()
        for case in CASES
    ]
    assert sum(g > STEPS // 10 for g in grew) > len(CASES) // 2
    still = [acceptable(gains_of(0.6, 0.0, 0.1, 0.8, r))[:, 0].sum() for r in (0.5, 1.0)]
    assert abs(still[0] - still[1]) <= 1


@pytest.mark.parametrize("case", CASES[:20], ids=[str(k) for k in range(20)])
def test_there_is_a_zone_from_the_enforcement_that_the_theory_asks_for(case: tuple[float, ...]) -> None:
    p, shift, destroyed, discount, _ = case
    needed = enforcement_needed(p, shift, destroyed, discount)
    assert (needed > 0.0) == (shift > shift_threshold(p, destroyed, discount))
    for r, there in ((min(1.0, needed + 2e-3), True), (needed - 2e-3, False)):
        if r >= 0.0:
            assert zone(gains_of(p, shift, destroyed, discount, r)).any() == there


# -- through the engine ----------------------------------------------------------------------------

RUNS = 1_500
NOTHING: dict[str, Any] = {
    "opportunities.russia_per_day": 0.0,
    "opportunities.ukraine_per_day": 0.0,
    "background.russia_per_day": 0.0,
    "background.ukraine_per_day": 0.0,
    "false_alarm.per_year": 0.0,
    "war.per_exchange": 0.0,
    "abrogation.war_value": 0.0,
    "abrogation.grievance": 0.0,
    "abrogation.peace_ukraine": 1_000.0,
    "abrogation.precision": 1.0,
    "endings.review_days": 1.0,
}
"""Nothing is ever fired; Russia looks once a day whether it gives the cease-fire up, by chance alone."""


def degenerate(hazard: float, **talks: Any) -> Setting:
    """A cease-fire that ends at a known rate, per year, and else brings nothing; only the line is on the table."""
    chance = -math.expm1(-hazard / 365.0)
    settings = NOTHING | {
        "abrogation.peace_russia": math.log(1.0 / chance - 1.0),  # logit of the chance of a day
        "talks.on_the_table": "line",
        "talks.uncertainty": "none",
        "worth.runs": RUNS,
        "red_line.no-cession": 0.0,
        "forecast.optimism": 0.0,
        "forecast.shift": 0.5,
        "weight.ukraine.ground": 0.25,
    }
    given = {key.replace("__", "."): value for key, value in talks.items()}
    return resolve_talks(settings=settings | given)


FACTORS = {"current": 1.0, "zone": 1.2, "withdrawal": 1.5}
"""By how much each line makes a pause shift more power."""


def weights(setting: Setting, hazard: float, rho: float) -> tuple[float, float, float]:
    """Discounted: the chance that war returns, that times the share of the shift by then, the share of time at peace.

    With k = rho + h and the shift's rate g, the second is h [1/k - 1/(k+g)].
    """
    k = rho + hazard
    faster = k + math.log(2.0) / (float(setting.values["forecast.regrouping_days"]) / 365.0)
    return hazard / k, hazard * (1.0 / k - 1.0 / faster), rho / k


def closed_form(
    setting: Setting, hazard: float, party: int, line: str = "current", stake: float = 0.0
) -> tuple[float, float]:
    """Value of the peace, the return of war and a stake that lasts as long as it, and of the war that goes on.

    Land that changes hands apart.
    """
    v = setting.values
    name = ("russia", "ukraine")[party]
    rho = float(v[f"weight.{name}.discount"])
    sign = 1.0 if party == RUSSIA else -1.0
    ground = sign * float(v[f"weight.{name}.ground"]) * float(v["forecast.tempo"]) * 0.365
    ground *= math.exp(float(v["forecast.tempo_sigma"]) ** 2 / 2.0)  # the mean of the weeks, not their median
    shift = float(v["forecast.shift"]) * FACTORS[line]
    ends = 1.0 / float(v["forecast.years"])
    war = (-1.0 + ground) / (rho + ends)
    worse = shift * ((-1.0 if party == UKRAINE else 0.0) + ground) / (rho + ends)
    back, shifted, peace = weights(setting, hazard, rho)
    return back * war + shifted * worse + stake * peace, war


def engine_gains(setting: Setting) -> tuple[Floats, Floats]:
    """(P, 4) gains, and their Monte-Carlo error from ten batches of the runs left out in turn."""
    worth = worth_of(setting, 2)
    km2 = float(setting.values["forecast.donetsk_km2"])

    def gains(table: Floats) -> Floats:
        return Preferences(setting.space, setting.values, table).gains(km2)

    batch = np.arange(RUNS) % 10
    parts = np.stack([gains(worth.without(np.flatnonzero(batch != k))) for k in range(10)])
    return gains(worth.table()), np.sqrt(9.0 * parts.var(axis=0))


def least_share(setting: Setting, gains: Floats) -> float:
    """The share of the disputed area that Ukraine must keep to prefer peace, from gains on the engine.

    What it keeps is counted apart from what becomes of its defence, which a cession weakens in full.
    """
    place = lines_of(setting)["withdrawal"]
    area = 0.25 * float(setting.values["forecast.donetsk_km2"]) / 1000.0
    return 1.0 - (gains[place, UKRAINE] + area) / area


def lines_of(setting: Setting) -> dict[str, int]:
    """Place of the package of each line."""
    return {package_words(code)["line"]: k for k, code in enumerate(setting.space.codes.tolist())}


HAZARDS = (0.05, 0.2, 0.6, 1.5)


@pytest.mark.parametrize("hazard", HAZARDS)
def test_what_peace_is_worth_is_that_of_the_theory(hazard: float) -> None:
    """Within four Monte-Carlo errors of 1,500 cease-fires, and half a per cent of what the return of war costs."""
    setting = degenerate(hazard)
    gains, error = engine_gains(setting)
    for party in (RUSSIA, UKRAINE):
        peace, war = closed_form(setting, hazard, party)
        assert error[0, party] < 0.08 * abs(war)
        miss = abs(gains[0, party] - (peace - war))
        print(
            f"h={hazard} {party}: gain {gains[0, party]:.4f}, theory {peace - war:.4f}, error {error[0, party]:.4f}"
        )
        assert miss <= 4.0 * error[0, party] + 0.005 * abs(peace)
    found = worth_of(setting).table()[UKRAINE, 0, [RETURN, SHIFTED, PEACE]]
    assert found == pytest.approx(np.array(weights(setting, hazard, 0.08)), abs=0.06)


@pytest.mark.parametrize("hazard", [0.2, 1.5])
def test_a_stake_that_lasts_as_long_as_the_peace_is_worth_what_the_theory_says(hazard: float) -> None:
    """The stake of what is agreed in any case: rho / (rho + h) of it is left, for each as it discounts."""
    stakes = {f"stakes__guarantee__observe-only__{name}": 0.8 for name in ("russia", "ukraine")}
    setting = degenerate(hazard, weight__ukraine__discount=0.3, **stakes)
    gains, error = engine_gains(setting)
    without, _ = engine_gains(degenerate(hazard, weight__ukraine__discount=0.3))
    for party, rho in ((RUSSIA, 0.08), (UKRAINE, 0.3)):
        peace, war = closed_form(setting, hazard, party, stake=0.8)
        miss = abs(gains[0, party] - (peace - war))
        assert miss <= 4.0 * error[0, party] + 0.005 * abs(peace)
        assert (gains - without)[:, party] == pytest.approx(0.8 * rho / (rho + hazard), abs=0.05)


@pytest.mark.parametrize("hazard", HAZARDS)
def test_each_line_is_worth_what_it_does_to_the_war_that_returns(hazard: float) -> None:
    """Apart from the land: a belt given up makes the war that returns worse, by as much as the theory says."""
    setting = degenerate(hazard, forecast__donetsk_km2=0.0)
    gains, error = engine_gains(setting)
    for line, place in lines_of(setting).items():
        for party in (RUSSIA, UKRAINE):
            peace, war = closed_form(setting, hazard, party, line)
            assert abs(gains[place, party] - (peace - war)) <= 4.0 * error[place, party] + 0.005 * abs(peace)
    ordered = [gains[lines_of(setting)[line], UKRAINE] for line in FACTORS]
    assert (
        ordered == sorted(ordered, reverse=True) and ordered[0] - ordered[2] > 4.0 * error[0, UKRAINE] / 10.0
    )


def test_the_least_share_that_ukraine_accepts_is_that_of_the_theory() -> None:
    """The worse a promise is kept, the more must Ukraine keep now: commitment, through the engine.

    Until pauses are so short that little power shifts in them: what it must keep then falls again.
    """
    found, theory = [], []
    for hazard in HAZARDS:
        setting = degenerate(hazard)
        gains, error = engine_gains(setting)
        peace, war = closed_form(setting, hazard, UKRAINE, "withdrawal")
        area = 0.25 * float(setting.values["forecast.donetsk_km2"]) / 1000.0
        expected = 1.0 - (peace - war) / area
        share = least_share(setting, gains)
        place = lines_of(setting)["withdrawal"]
        assert abs(share - expected) <= (4.0 * error[place, UKRAINE] + 0.005 * abs(peace)) / area
        found.append(share)
        theory.append(expected)
    assert np.argsort(found).tolist() == np.argsort(theory).tolist()
    assert found[0] < found[1] < found[2] and found[2] - found[0] > 0.5 and found[3] < found[2]


def test_the_zone_shuts_where_the_theory_says() -> None:
    """Ukraine accepts the loss of the whole area at the lowest hazard, and nothing at the highest; Russia all of it."""
    accepted = []
    for hazard in HAZARDS:
        setting = degenerate(hazard)
        gains, _ = engine_gains(setting)
        area = 0.25 * float(setting.values["forecast.donetsk_km2"]) / 1000.0
        theory = []
        for line, share in (("current", 0.0), ("zone", 0.6), ("withdrawal", 1.0)):
            peace, war = closed_form(setting, hazard, UKRAINE, line)
            theory.append(peace - share * area >= war)
        assert (gains[:, UKRAINE] >= 0.0).tolist() == theory
        accepted.append(sum(theory))
    assert accepted == sorted(accepted, reverse=True) and accepted[0] > accepted[-1]


# -- alternating offers ----------------------------------------------------------------------------

GRID = 1_000


def divided(
    gap_days: float, rates: tuple[float, float], rounds: int, replication: int = 0
) -> tuple[Any, tuple[float, float]]:
    """A real table at which a pie is divided by two who play their best response; one round a session."""
    share = np.arange(GRID + 1) / GRID
    gains = np.column_stack([share, 1.0 - share])
    settings = {
        "talks.protocol": "alternating",
        "talks.russia": "best-response",
        "talks.ukraine": "best-response",
        "talks.rounds": 1,
        "talks.session_days": gap_days,
        "talks.deadline_days": gap_days * rounds,
    }
    model = table_of(gains, settings, rates=rates, replication=replication)
    deltas = tuple(math.exp(-rate * gap_days / 365.0) for rate in rates)
    return model, (deltas[0], deltas[1])


@pytest.mark.parametrize("replication", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("gap", "rates", "rounds"),
    [
        (6.0, (2.0, 2.0), 600),
        (20.0, (2.0, 2.0), 180),
        (60.0, (1.0, 1.0), 60),
        (365.0, (2.0, 2.0), 10),
        (30.0, (2.0, 0.5), 120),
        (30.0, (0.5, 2.0), 120),
        (90.0, (1.5, 0.8), 40),
    ],
)
def test_two_who_play_their_best_divide_as_rubinstein_says(
    gap: float, rates: tuple[float, float], rounds: int, replication: int
) -> None:
    """The first offer is accepted at once, and it is 1/(1 + delta) where both discount alike."""
    model, deltas = divided(gap, rates, rounds, replication)
    first = model.progress.speaker
    agreed = model.run()
    assert model.outcome == AGREED and model.progress.rounds == 1 and model.now == 0
    own, other = deltas[first], deltas[1 - first]
    shares = (agreed / GRID, 1.0 - agreed / GRID)
    left = (own * other) ** (rounds // 2)
    slack = 2.0 / GRID / (1.0 - own * other) + left
    assert slack < 0.06
    assert shares[first] == pytest.approx(rubinstein_share(own, other), abs=slack)
    assert shares[first] == pytest.approx(
        stahl_share(own, other, rounds), abs=2.0 / GRID / (1.0 - own * other)
    )
    if rates[0] == rates[1]:
        assert shares[first] == pytest.approx(1.0 / (1.0 + own), abs=slack) and shares[first] > 0.5 - slack


def test_either_side_may_speak_first() -> None:
    assert {divided(20.0, (1.0, 1.0), 10, r)[0].progress.speaker for r in range(12)} == {0, 1}


@pytest.mark.parametrize("rounds", [1, 2, 3, 4, 7])
def test_a_game_of_a_few_rounds_is_divided_as_stahl_says(rounds: int) -> None:
    """With a deadline that is near, who has the last word counts; the clock and the rounds agree about it."""
    model, (own, other) = divided(100.0, (1.2, 1.2), rounds)
    first = model.progress.speaker
    agreed = model.run()
    share = agreed / GRID if first == 0 else 1.0 - agreed / GRID
    assert model.progress.rounds == 1
    assert share == pytest.approx(stahl_share(own, other, rounds), abs=(rounds + 1) / GRID)


def test_talks_that_may_break_down_are_those_of_less_patient_parties() -> None:
    """Breakdown at a rate is discounting at that rate more, where what is lost is the agreement (R46)."""
    share = np.arange(GRID + 1) / GRID
    gains = np.column_stack([share, 1.0 - share])
    settings = {
        "talks.protocol": "alternating", "talks.russia": "best-response", "talks.ukraine": "best-response",
        "talks.rounds": 1, "talks.session_days": 30.0, "talks.deadline_days": 3_600.0,
    }  # fmt: skip
    risky = table_of(gains, settings | {"talks.breakdown_per_year": 1.5}, rates=(0.5, 0.1))
    hasty = table_of(gains, settings, rates=(2.0, 1.6))
    assert risky.run() == pytest.approx(hasty.run(), abs=1) and risky.progress.rounds == 1


def test_who_waits_in_a_war_that_may_end_by_itself_is_less_patient() -> None:
    """The end of the war is discounting at its rate more, since there is then nothing left to gain (R44)."""
    share = np.arange(GRID + 1) / GRID
    gains = np.column_stack([share, 1.0 - share])
    settings = {
        "talks.protocol": "alternating", "talks.russia": "best-response", "talks.ukraine": "best-response",
        "talks.rounds": 1, "talks.session_days": 60.0, "talks.deadline_days": 3_600.0,
    }  # fmt: skip
    ending = table_of(gains, settings, rates=(0.5, 0.1), war_years=1.0 / 1.5)
    hasty = table_of(gains, settings, rates=(2.0, 1.6))
    lasting = table_of(gains, settings, rates=(0.5, 0.1))
    assert ending.run() == hasty.run() != lasting.run() and ending.progress.rounds == 1

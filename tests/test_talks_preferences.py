"""R40-R47: what packages are worth to the parties, by hand and by numerical integration; draws, red lines, vetoes."""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from agents.talks.preferences import (
    DIRECT_WAR,
    EFFORT,
    EUROPE,
    FEATURES,
    GROUND,
    GUARDED,
    PEACE,
    REFUSED,
    RETURN,
    RUSSIA,
    SHIFTED,
    UKRAINE,
    US,
    VIOLENCE,
    Preferences,
    admitted_by_europe,
    admitted_by_us,
    drawn,
)
from environment.rules import draws
from environment.rules import talks as rules
from environment.rules.draws import uniforms
from environment.talks.front import WEEK, Front
from environment.talks.packages import PARTIES, Space, code_of, issues, options_of, red_lines
from environment.talks.packages import space as space_of
from environment.talks.parameters import is_drawn, schema, values

type Words = dict[str, str]

KM2 = 5500.0
PACKAGES: list[Words] = [
    {},
    {"line": "zone"},
    {"guarantee": "multi-tier", "term": "15", "deployment": "rear", "army": "600", "sanctions": "phased"},
    {"line": "withdrawal", "guarantee": "article-5", "term": "50", "sequence": "comprehensive"},
]


def space_with(packages: list[Words]) -> Space:
    """A space of the packages named."""
    rows = [
        [issue.place(o.name) for issue, o in zip(issues(), options_of(code_of(w)), strict=True)]
        for w in packages
    ]
    return Space(np.array(rows, np.int8))


def worth_of(size: int, **features: float) -> np.ndarray:
    found = np.zeros((len(PARTIES), size, len(FEATURES)))
    for name, value in features.items():
        found[..., FEATURES.index(name)] = value
    return found


def gains(
    settings: dict[str, Any],
    worth: np.ndarray,
    packages: list[Words] = PACKAGES,
    km2: float = KM2,
    shift: float = 0.0,
) -> np.ndarray:
    return Preferences(space_with(packages), values(settings), worth, shift).gains(km2)


# -- by hand ---------------------------------------------------------------------------------------


def test_r41_the_war_is_worth_its_flow_until_it_ends() -> None:
    """Against the integral of the discounted flow, the war ending at a constant rate."""
    v = values({})
    rho, years = 0.08, float(v["forecast.years"])
    for party, sign in ((RUSSIA, 1.0), (UKRAINE, -1.0)):
        weight = float(v[f"weight.{PARTIES[party].lower()}.ground"])
        tempo = mean_tempo(v) * math.exp(sign * float(v["forecast.optimism"]))
        flow = -1.0 + sign * weight * tempo * 0.365
        value, _ = integrate.quad(lambda t, f=flow: f * math.exp(-(rho + 1.0 / years) * t), 0.0, math.inf)
        assert gains({}, worth_of(4))[0, party] == pytest.approx(-value, rel=1e-9)
    value, _ = integrate.quad(lambda t: math.exp(-(rho + 1.0 / years) * t), 0.0, math.inf)
    assert rules.annuity(rho, 1.0 / years) == pytest.approx(value)
    assert gains({}, worth_of(4))[0, US] == pytest.approx(value + float(v["weight.us.deal"]))
    assert gains({}, worth_of(4))[0, EUROPE] == pytest.approx(value)


def mean_tempo(v: Any) -> float:
    """Mean of the weeks' tempo, whose median is the parameter (log-normal), km2 a day."""
    return float(v["forecast.tempo"]) * math.exp(float(v["forecast.tempo_sigma"]) ** 2 / 2.0)


def by_hand(
    party: int, words: Words, features: dict[str, float], v: dict[str, Any], before: float = 0.0
) -> float:
    """The gain of a package written out term by term, with nothing of the code's."""
    name = PARTIES[party].lower()
    rho = v[f"weight.{name}.discount"]
    chosen = {issue.name: words.get(issue.name, issue.options[0].name) for issue in issues()}
    length = 1.0 / (rho + 1.0 / v["forecast.years"])
    factor = {"zone": 1.2, "withdrawal": 1.5}.get(chosen["line"], 1.0)
    factor *= {"600": 1.4, "uncapped": 0.8}.get(chosen["army"], 1.0)
    shift = before + max(0.0, v["forecast.shift"] * factor - before) * features["shifted"] / (
        features["return"] or 1.0
    )
    lasting = dict.fromkeys(("line", "sequence"), 1.0)
    lasting |= dict.fromkeys(("guarantee", "term", "deployment", "binding"), features["guarded"])
    utility = sum(
        v[f"stakes.{issue}.{option}.{name}"] * lasting.get(issue, features["peace"])
        for issue, option in chosen.items()
    )
    crossed = {
        "no-western-forces": party == RUSSIA and chosen["deployment"] != "none",
        "no-cession": party == UKRAINE and chosen["line"] != "current",
        "no-quid-pro-quo": party == UKRAINE
        and chosen["line"] != "current"
        and chosen["guarantee"] in ("ad-hoc", "multi-tier", "article-5"),
        "contingent-on-a-deal": party == US
        and chosen["sequence"] == "cease-fire"
        and chosen["guarantee"] in ("ad-hoc", "multi-tier", "article-5"),
    }
    assert set(crossed) == {line.name for line in red_lines()}
    utility -= sum(v[f"red_line.{line}"] for line, is_crossed in crossed.items() if is_crossed)
    if party in (US, EUROPE):
        war = returned = -length
        utility -= v[f"weight.{name}.effort"] * features["effort"]
        utility += v["weight.us.deal"] if party == US else 0.0
    else:
        sign = 1.0 if party == RUSSIA else -1.0
        ground = sign * v[f"weight.{name}.ground"]
        tempo = mean_tempo(v) * math.exp(sign * v["forecast.optimism"]) * 0.365
        already = 1.0 + before if party == UKRAINE else 1.0
        war = (-already + ground * tempo * (1.0 + before)) * length
        worse = 1.0 + shift if party == UKRAINE else 1.0
        returned = (-worse + ground * tempo * (1.0 + shift)) * length
        utility += ground * features["ground"]
        area = {"current": (0.0, 0.0), "zone": (0.5, 0.6), "withdrawal": (1.0, 1.0)}[chosen["line"]]
        utility += ground * KM2 / 1000.0 * area[party]
    utility -= features["violence"] + features["direct_war"] * v[f"weight.{name}.direct_war"]
    utility += features["return"] * returned
    delay = 90.0 / 365.0 if chosen["sequence"] == "comprehensive" else 0.0
    return float((utility - war) * math.exp(-(rho + 1.0 / v["forecast.years"]) * delay))


FEATURE_SETS = [
    dict.fromkeys(FEATURES, 0.0),
    dict(zip(FEATURES, (0.4, 0.3, 0.55, 0.07, 120.0, 0.35, 0.45, 0.3), strict=True)),
]


@pytest.mark.parametrize("shift", [0.0, 0.2, 0.65])
@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize(
    "settings", [{}, {"weight.ukraine.discount": 0.3, "forecast.shift": 0.5, "red_line.no-cession": 2.0}]
)
def test_gains_are_what_pen_and_paper_give(
    features: dict[str, float], settings: dict[str, Any], shift: float
) -> None:
    """Also where power has shifted already: by less than the terms would shift it further, and by more."""
    found = gains(settings, worth_of(4, **features), shift=shift)
    v = values(settings)
    for place, words in enumerate(PACKAGES):
        for party in range(len(PARTIES)):
            assert found[place, party] == pytest.approx(by_hand(party, words, features, v, shift), abs=1e-12)


def test_every_party_has_the_worth_as_it_discounts_it_itself() -> None:
    worth = np.random.default_rng(1).uniform(0, 1, (4, len(PACKAGES), len(FEATURES)))
    found = gains({}, worth)
    for party in range(len(PARTIES)):
        features = [dict(zip(FEATURES, row, strict=True)) for row in worth[party]]
        for place, words in enumerate(PACKAGES):
            expected = by_hand(party, words, features[place], values({}))
            assert found[place, party] == pytest.approx(expected, abs=1e-12)


def test_issues_add_up() -> None:
    """Changing one stake moves the gains of the packages that have it by that, while peace lasts, and no others."""
    space = space_of("line guarantee term army sanctions")
    worth = np.random.default_rng(2).uniform(0, 0.5, (4, space.size, len(FEATURES)))
    before = Preferences(space, values({}), worth).gains(KM2)
    for key, issue, option, party in (
        ("stakes.army.600.russia", "army", "600", RUSSIA),
        ("stakes.sanctions.lifted.ukraine", "sanctions", "lifted", UKRAINE),
        ("stakes.line.zone.europe", "line", "zone", EUROPE),
    ):
        moved = float(values({})[key]) + 0.37
        difference = Preferences(space, values({key: moved}), worth).gains(KM2) - before
        has = space.has({issue: (option,)})
        assert has.any() and not has.all()
        lasts = np.ones(space.size) if issue == "line" else worth[party, :, PEACE]
        assert difference[has, party] == pytest.approx(0.37 * lasts[has]) and lasts[has].any()
        assert not difference[~has, party].any()
        assert not np.delete(difference, party, axis=1).any()


def test_two_issues_changed_at_once_change_as_much_as_one_after_the_other() -> None:
    packages = [{}, {"army": "600"}, {"sanctions": "lifted"}, {"army": "600", "sanctions": "lifted"}]
    found = gains({}, worth_of(4, peace=0.6), packages)
    assert (found[3] - found[0]).any()
    assert found[3] - found[0] == pytest.approx(found[1] + found[2] - 2.0 * found[0])


def test_the_disputed_area_counts_by_what_is_left_of_it() -> None:
    weight = {p: float(values({})[f"weight.{PARTIES[p].lower()}.ground"]) for p in (RUSSIA, UKRAINE)}
    more, less = (gains({}, worth_of(4), km2=km2) for km2 in (5000.0, 3000.0))
    assert (more - less)[0] == pytest.approx(0.0)
    assert (more - less)[1] == pytest.approx([0.5 * 2 * weight[RUSSIA], -0.6 * 2 * weight[UKRAINE], 0.0, 0.0])


# -- red lines -------------------------------------------------------------------------------------


def test_a_red_line_is_a_cost_or_a_refusal() -> None:
    cost, absolute = gains({}, worth_of(4)), gains({"talks.red_lines": "absolute"}, worth_of(4))
    free = gains({f"red_line.{line.name}": 0.0 for line in red_lines()}, worth_of(4))
    crossed = {(1, UKRAINE), (2, RUSSIA), (2, US), (3, UKRAINE)}
    for place in range(4):
        for party in range(4):
            if (place, party) in crossed:
                assert absolute[place, party] == REFUSED and cost[place, party] < free[place, party]
            else:
                assert absolute[place, party] == cost[place, party] == free[place, party]
    v = values({})
    assert free[3, UKRAINE] - cost[3, UKRAINE] == pytest.approx(
        (float(v["red_line.no-cession"]) + float(v["red_line.no-quid-pro-quo"]))
        * math.exp(-(0.08 + 1.0 / 2.0) * 90 / 365)
    )


# -- the war, and time -----------------------------------------------------------------------------


def test_a_shift_of_power_makes_the_war_that_returns_worse_and_no_other() -> None:
    calm = [
        gains({"forecast.shift": shift}, worth_of(4, violence=0.3, direct_war=0.1)) for shift in (0.0, 0.5)
    ]
    assert np.array_equal(*calm)
    brings = worth_of(4, **{"return": 0.6, "shifted": 0.4})
    before, after = (gains({"forecast.shift": shift}, brings) for shift in (0.0, 0.5))
    assert (after[:, UKRAINE] < before[:, UKRAINE]).all() and (after[:, RUSSIA] > before[:, RUSSIA]).all()
    assert np.array_equal(after[:, [US, EUROPE]], before[:, [US, EUROPE]])
    rho, years, v = 0.08, 2.0, values({})
    tempo = mean_tempo(v) * math.exp(-float(v["forecast.optimism"])) * 0.365
    extra = 0.4 * 0.5 * (1.0 + float(v["weight.ukraine.ground"]) * tempo) / (rho + 1.0 / years)
    factors = dict(enumerate((1.0, 1.2, 1.4, 1.5)))
    late = math.exp(-(rho + 1.0 / years) * 90 / 365)  # the last package takes effect later
    for place, factor in factors.items():
        expected = extra * factor * (late if place == 3 else 1.0)
        assert (before - after)[place, UKRAINE] == pytest.approx(expected)


def test_r47_a_shift_that_is_there_already_makes_the_war_worse_and_is_not_counted_twice() -> None:
    """War goes on at the shift that is there: peace gains by it, and what returns is no worse for as much."""
    brings = worth_of(4, **{"return": 0.6, "shifted": 0.4})
    before, after = (gains({"forecast.shift": 0.25}, brings, shift=shift) for shift in (0.0, 0.5))
    v = values({"forecast.shift": 0.25})
    rho, years = 0.08, 2.0
    tempo = mean_tempo(v) * math.exp(-float(v["forecast.optimism"])) * 0.365
    slope = (1.0 + float(v["weight.ukraine.ground"]) * tempo) / (rho + 1.0 / years)
    assert (after - before)[0, UKRAINE] == pytest.approx(slope * (0.5 * (1.0 - 0.6) + 0.25 * 0.4))
    assert np.array_equal((after - before)[:, [US, EUROPE]], np.zeros((4, 2)))
    held = Preferences(space_with(PACKAGES), v, brings, 0.32).further_shift()
    assert held == pytest.approx([0.0, 0.0, 0.03, 0.055])


def test_r44_what_comes_later_is_worth_less_by_discounting_and_by_the_war_s_own_end() -> None:
    packages = [{}, {"sequence": "comprehensive"}]
    for rho, years in ((0.02, 2.0), (0.4, 5.0)):
        settings = {
            "weight.russia.discount": rho,
            "stakes.sequence.comprehensive.russia": 0.0,
            "forecast.years": years,
            "forecast.tempo": 3.0,
        }
        now, later = gains(settings, worth_of(2, violence=0.2), packages)[:, RUSSIA]
        assert later == pytest.approx(now * math.exp(-(rho + 1.0 / years) * 90 / 365)) and now > later > 0.0
        known = Preferences(space_with(packages), values(settings), worth_of(2))
        assert known.waiting(RUSSIA, 0.7) == pytest.approx(math.exp(-(rho + 1.0 / years) * 0.7))
        assert known.waiting(UKRAINE, 0.7) == pytest.approx(math.exp(-(0.08 + 1.0 / years) * 0.7))


def test_r43_years_of_peace_are_those_of_the_integral() -> None:
    for rho, back, war, span in ((0.08, 0.5, 0.02, 3.0), (0.3, 0.0, 0.001, 48.0), (0.02, 2.0, 0.5, 0.0)):
        rate = rho + back + war
        value, _ = integrate.quad(lambda t, r=rate: math.exp(-r * t), 0.0, span)
        assert rules.later_weight(rho, back, war, span) == pytest.approx(value, abs=1e-12)
        assert rules.later_share(rho, back, war, span) == pytest.approx(math.exp(-rate * span))
    assert rules.rate_per_year(0.0, 50.0) == 0.01 and rules.rate_per_year(9.5, 20.0) == 0.5


def test_r46_talks_break_down_at_a_constant_rate() -> None:
    assert rules.breakdown_chance(0.4, 0.0) == 0.0
    assert rules.breakdown_chance(0.4, 2.0) == pytest.approx(stats.expon.cdf(0.8))


def test_r42_the_front_moves_week_by_week_and_takes_donetsk_while_it_is_there() -> None:
    assert rules.ground_in_donetsk(10.0, 0.6, 100.0) == 6.0 and rules.ground_in_donetsk(10.0, 0.6, 2.0) == 2.0

    def draw(stream: int, actor: int, index: int) -> tuple[float, float]:
        return uniforms(5, 0, 0, stream, actor, index)

    v = values({"forecast.tempo_sigma": 0.5})
    whole, parts = Front(0.0, 5500.0), Front(0.0, 5500.0)
    for week in range(200):
        whole.advance(v, week * WEEK, (week + 1) * WEEK, draw)
        parts.advance(v, week * WEEK, week * WEEK + WEEK // 3, draw)
        parts.advance(v, week * WEEK + WEEK // 3, (week + 1) * WEEK, draw)
    assert whole.taken == pytest.approx(parts.taken) and whole.donetsk == pytest.approx(parts.donetsk)
    mean = 7.0 * math.exp(0.5**2 / 2) * 1400
    sd = 7.0 * 7 * math.sqrt((math.exp(0.25) - 1) * math.exp(0.25) * 200)
    assert abs(whole.taken - mean) < 4 * sd
    assert whole.donetsk == pytest.approx(max(0.0, 5500.0 - 0.6 * whole.taken))
    faster, same = Front(0.0, 5500.0, shift=0.3), Front(0.0, 5500.0)
    assert faster.advance(v, 0, WEEK, draw) == pytest.approx(1.3 * same.advance(v, 0, WEEK, draw))


# -- draws -----------------------------------------------------------------------------------------


def drawn_with(seed: int, replication: int, settings: dict[str, Any] | None = None) -> dict[str, Any]:
    given = settings or {}
    return drawn(values(given), frozenset(given), lambda *at: uniforms(seed, 0, replication, *at))


def test_r40_a_triangular_draw_is_that_of_scipy() -> None:
    u = np.linspace(0.0, 0.999999, 101)
    for low, mode, high in ((0.0, 0.5, 2.0), (-0.3, -0.3, -0.1), (1.0, 4.0, 4.0), (-2.0, 0.0, 0.1)):
        theory = stats.triang((mode - low) / (high - low), loc=low, scale=high - low)
        assert [rules.triangular(low, mode, high, x) for x in u] == pytest.approx(theory.ppf(u), abs=1e-9)


def test_r40_drawn_values_lie_in_their_ranges_and_follow_their_distribution() -> None:
    """A mean is held to four standard errors, a distribution to p > 1e-4 (fixed seed)."""
    found = [drawn_with(11, replication) for replication in range(400)]
    for key, spec in schema().items():
        sample = {row[key] for row in found}
        if not is_drawn(key):
            assert sample == {spec.value}
            continue
        low, high = float(spec.low or 0.0), float(spec.high or 0.0)
        assert len(sample) == 400 and low <= min(sample) and max(sample) <= high
        theory = stats.triang((float(spec.value) - low) / (high - low), loc=low, scale=high - low)
        assert abs(np.mean(list(sample)) - theory.mean()) < 4 * theory.std() / math.sqrt(400)
        assert stats.kstest(list(sample), theory.cdf).pvalue > 1e-4, key
    for key in ("weight.us.direct_war", "stakes.army.600.russia", "red_line.no-cession", "forecast.years"):
        assert is_drawn(key)
    drawn_forecast = {key for key in schema() if key.startswith("forecast.") and is_drawn(key)}
    assert drawn_forecast == {f"forecast.{name}" for name in ("years", "tempo", "shift", "optimism")}


def test_a_draw_is_indexed_by_its_key_so_that_a_new_parameter_moves_none() -> None:
    asked: list[tuple[int, int, int]] = []

    def draw(*at: int) -> tuple[float, float]:
        asked.append(at)  # type: ignore[arg-type]
        return 0.5, 0.5

    drawn(values({}), frozenset(), draw)
    keys = [key for key in schema() if is_drawn(key)]
    assert asked == [(draws.PREFERENCE, 0, zlib.crc32(key.encode())) for key in keys]
    assert len(set(asked)) == len(keys)


def test_draws_of_different_parameters_have_nothing_to_do_with_each_other() -> None:
    keys = [key for key in schema() if is_drawn(key)]
    table = np.array([[row[key] for key in keys] for row in (drawn_with(11, r) for r in range(400))])
    correlation = np.corrcoef(table.T) - np.eye(len(keys))
    assert np.abs(correlation).max() < 5.0 / math.sqrt(400)


def test_what_somebody_set_is_not_drawn_and_moves_no_other_draw() -> None:
    free, fixed = drawn_with(3, 4), drawn_with(3, 4, {"forecast.years": 1.5, "red_line.no-cession": 0.9})
    changed = {key for key in free if free[key] != fixed[key]}
    assert changed == {"forecast.years", "red_line.no-cession"}
    assert fixed["forecast.years"] == 1.5 and fixed["red_line.no-cession"] == 0.9


# -- vetoes ----------------------------------------------------------------------------------------

VETOED = space_of("line guarantee term deployment monitoring")


def names(mask: np.ndarray, issue: str) -> set[str]:
    number = [i.name for i in issues()].index(issue)
    return {issues()[number].options[k].name for k in np.unique(VETOED.choices[mask, number])}


def test_europe_withholds_its_forces_and_nothing_else() -> None:
    worse, better = np.full(VETOED.size, -0.01), np.zeros(VETOED.size)
    assert admitted_by_europe(VETOED, better).all()
    left = admitted_by_europe(VETOED, worse)
    assert names(left, "guarantee") == {"observe-only", "none"} and names(left, "deployment") == {"none"}
    assert left.sum() == VETOED.has({"guarantee": ("observe-only", "none")}).sum()


def test_the_united_states_withholds_its_part_and_may_tie_it_to_donbas() -> None:
    worse, better = np.full(VETOED.size, -0.01), np.zeros(VETOED.size)
    assert admitted_by_us(VETOED, better, "none").all()
    left = admitted_by_us(VETOED, worse, "none")
    assert names(left, "guarantee") == {"observe-only", "none", "multi-tier-europe"}
    assert names(left, "monitoring") == {"observers", "joint"} and names(left, "line") == names(~left, "line")
    tied = admitted_by_us(VETOED, better, "donbas")
    ruled_out = VETOED.has({"line": ("current",), "guarantee": ("ad-hoc", "multi-tier", "article-5")})
    assert np.array_equal(~tied, ruled_out)
    assert not (admitted_by_us(VETOED, worse, "donbas") & ~left).any()


def test_the_features_are_in_the_order_of_their_names() -> None:
    order = (VIOLENCE, GROUND, RETURN, DIRECT_WAR, EFFORT, SHIFTED, PEACE, GUARDED)
    assert [FEATURES[k] for k in order] == list(FEATURES)


def test_what_is_kept_whatever_becomes_of_the_peace_is_said_of_each_issue() -> None:
    lasts = {issue.name: issue.lasts for issue in issues()}
    assert {name for name, how in lasts.items() if how == "for good"} == {"line", "sequence"}
    guarded = {name for name, how in lasts.items() if how == "guarantee"}
    assert guarded == {"guarantee", "term", "deployment", "binding"}
    assert set(lasts.values()) == {"for good", "peace", "guarantee"}

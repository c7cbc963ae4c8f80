"""What a cease-fire brings (R43): against integrals of a known process, by trust, put together, and kept on disk."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate

from agents.talks.preferences import FEATURES, RETURN, Preferences, drawn
from environment.rules.draws import uniforms
from environment.talks.packages import code_of, issues, package_words, space
from experiments.scenario import Scenario
from experiments.talks import simulated as kept
from experiments.talks.brought import MONITORS, Brings, Times
from experiments.talks.setting import Setting, resolve_talks
from experiments.talks.simulated import COLUMNS, simulated
from experiments.talks.worth import Worth, promised_mean
from experiments.twin import engine

type Floats = NDArray[np.float64]

RHO, YEARS, HALF = 0.08, 2.0, 180.0 / 365.0


# -- a process that is known -----------------------------------------------------------------------


class Known:
    """Cease-fires that end at constant rates, with flows: what an integral can tell.

    Parameters
    ----------
    back, war : float
        Return of the war, direct war, per year.
    violence, ground, effort : float
        A year.
    """

    def __init__(self, back: float, war: float, violence: float, ground: float, effort: float) -> None:
        self.back, self.war = back, war
        self.flows = np.array([violence, ground, 0.0, 0.0, effort, 0.0, 0.0, 0.0])

    def runs(self, rng: np.random.Generator, size: int) -> Floats:
        """(6, size), as an engine would give them."""
        until = rng.exponential(1.0 / (self.back + self.war), size)
        lived = np.minimum(until, YEARS)
        is_war = rng.random(size) < self.war / (self.back + self.war)
        ending = np.where(until > YEARS, 0, np.where(is_war, 3, np.where(rng.random(size) < 0.5, 1, 2)))
        violence, ground, _, _, effort, *_ = self.flows[:, None] * lived
        return np.array([lived, ending, violence, ground, effort, self.war * lived])

    def brings(self, rho: float, start: float = 0.0, end: float = math.inf) -> Floats:
        """(8,): by numerical integration, given that it stands at the start; power shifts with the pause's length."""
        rate = rho + self.back + self.war

        def shifted(t: float) -> float:
            return (1.0 - 0.5 ** (t / HALF)) * math.exp(-rate * t)

        years, _ = integrate.quad(lambda t: math.exp(-rate * t), start, end)
        found = (self.flows + np.array([0.0, 0.0, self.back, self.war, 0.0, 0.0, rho, rho])) * years
        found[FEATURES.index("shifted")] = self.back * integrate.quad(shifted, start, end)[0]
        return np.asarray(found)


PROMISED = Known(0.3, 0.05, 0.12, 0.2, 30.0)
BARE = Known(0.9, 0.01, 0.35, 0.5, 0.0)


def theory(rho: float, term: float | None) -> Floats:
    """What is promised until the term, what is left afterwards; with no term, for ever what is bare."""
    if term is None:
        return BARE.brings(rho)
    left = math.exp(-(PROMISED.back + PROMISED.war - BARE.back - BARE.war) * term)
    lapsed = left * BARE.brings(rho, term)
    lapsed[FEATURES.index("guarded")] = 0.0
    return PROMISED.brings(rho, 0.0, term) + lapsed


def hook(rng: np.random.Generator, size: int) -> Any:
    def simulate(scenario: Scenario) -> Floats:
        assert scenario.values["scenario.days"] == YEARS * 365.0
        return (PROMISED if scenario.framework.tiers else BARE).runs(rng, size)

    return simulate


TERMS = {"on": "guarantee term", "guarantee": "observe-only|multi-tier"}


def setting_of(**settings: Any) -> Setting:
    given = {key.replace("__", "."): value for key, value in settings.items()}
    return resolve_talks(
        settings={"talks.on_the_table": TERMS["on"], "table.guarantee": TERMS["guarantee"]} | given
    )


def test_r43_what_a_cease_fire_brings_is_the_integral_of_its_process() -> None:
    """Thirty batches of 3,000 runs; held to four standard errors and half a per cent.

    The half per cent is what is known of the method: flows are discounted to the middle of a run (0.1%), and half an
    ending is added to a rate (0.1%).
    """
    setting = setting_of(weight__ukraine__discount=0.25, weight__us__discount=0.02)
    rng = np.random.default_rng(17)
    tables = np.stack([Worth(setting, hook(rng, 3_000)).table() for _ in range(30)])
    mean, error = tables.mean(axis=0), tables.std(axis=0, ddof=1) / math.sqrt(30)
    rates = (0.08, 0.25, 0.02, 0.08)
    seen = set()
    for place, code in enumerate(setting.space.codes.tolist()):
        term = float(package_words(code)["term"]) or None
        seen.add(term)
        for party, rho in enumerate(rates):
            expected = theory(rho, term)
            miss = np.abs(mean[party, place] - expected)
            assert (miss <= 4.0 * error[party, place] + 0.005 * expected).all(), (term, rho, miss, expected)
    assert seen == {None, 5.0, 15.0, 30.0, 50.0}
    relative = error[0, 0, :4] / mean[0, 0, :4]
    print(f"Monte-Carlo error of thirty batches, share of the value: {relative.max():.3%}")


def test_a_guarantee_that_lapses_sooner_brings_more_of_what_is_bare() -> None:
    """The chance that the war returns falls with the term, and the order does not depend on the draws."""
    setting = setting_of()
    table = Worth(setting, hook(np.random.default_rng(1), 4_000)).table()
    returns = {package_words(c)["term"]: table[0, k, 2] for k, c in enumerate(setting.space.codes.tolist())}
    assert returns["0"] > returns["5"] > returns["15"] > returns["30"] >= returns["50"]


def test_the_last_year_decides_what_comes_later() -> None:
    """A cease-fire that is shaky for a year and then holds is worth what comes later at the later rate."""
    lived = np.concatenate([np.full(600, 0.5), np.full(400, YEARS)])
    ending = np.concatenate([np.ones(600), np.zeros(400)])
    runs = np.array([lived, ending, 0 * lived, 0 * lived, 0 * lived, 0 * lived])
    found = Brings({0: runs}, False, 0.0, Times(RHO, YEARS, HALF)).of(0, 0)
    back = 0.5 / 400.0  # half an ending in 400 years
    later = 0.4 * math.exp(-RHO * YEARS) * back / (RHO + back)
    sooner = 0.6 * math.exp(-RHO * 0.5)
    assert found[RETURN] == pytest.approx(sooner + later)
    brings = dict(zip(FEATURES, found.tolist(), strict=True))
    fading = math.log(2.0) / HALF
    unshifted = 0.4 * math.exp(-(RHO + fading) * YEARS) * back / (RHO + fading + back)
    assert brings["shifted"] == pytest.approx(sooner * (1.0 - 0.5 ** (0.5 / HALF)) + later - unshifted)
    rest = 0.4 * math.exp(-RHO * YEARS) * (RHO / (RHO + back))
    known = 0.6 * (1.0 - math.exp(-RHO * 0.5)) + 0.4 * (1.0 - math.exp(-RHO * YEARS))
    assert brings["peace"] == brings["guarded"] == pytest.approx(known + rest)


# -- trust -----------------------------------------------------------------------------------------


class Reliable:
    """Simulates nothing: violence is what the promises are worth, and every question is noted."""

    def __init__(self) -> None:
        self.asked: list[Scenario] = []

    def __call__(self, scenario: Scenario) -> Floats:
        self.asked.append(scenario)
        held = float(scenario.values["reliability.tier_3"]) if scenario.framework.tiers else 0.0
        violence = np.full(8, 1.0 - held)
        return np.array([np.full(8, YEARS), np.zeros(8), violence, 0 * violence, 0 * violence, 0 * violence])


def test_between_steps_of_trust_the_worth_is_interpolated() -> None:
    worth = Worth(setting_of(reliability=0.8, worth__trust_step=0.25), Reliable())
    low, high, full = worth.table(0.5), worth.table(0.75), worth.table(1.0)
    assert worth.table(0.6) == pytest.approx(0.6 * low + 0.4 * high)
    assert worth.table(0.9) == pytest.approx(0.4 * high + 0.6 * full)
    assert not np.allclose(low, high) and worth.table() is full
    violence = [
        worth.table(t)[0, worth.responds, 0].mean() for t in (0.0, 0.3, 0.5, 0.99, 1.0, 1.1, 1.25, 1.6)
    ]
    assert all(a >= b - 1e-12 for a, b in pairwise(violence))
    assert violence[-1] == pytest.approx(violence[-2])  # no promise is kept more often than always
    bare = [worth.table(t)[:, ~worth.responds] for t in (0.0, 0.6, 1.0)]
    assert np.array_equal(bare[0], bare[2]) and np.allclose(bare[1], bare[2])


def test_trust_is_in_the_partners_and_not_in_oneself() -> None:
    worth = Worth(setting_of(reliability=0.8), Reliable())
    for guarantee, tiers in (("multi-tier", (0.8, 0.4, 0.4, 0.4)), ("article-5", (0.4, 0.4, 0.4, 0.4))):
        found = worth.scenario(code_of({"guarantee": guarantee, "term": "15"}), 0.5).values
        assert tuple(found[f"reliability.tier_{k}"] for k in range(1, 5)) == pytest.approx(tiers)
    high = worth.scenario(code_of({"guarantee": "multi-tier", "term": "15"}), 2.0).values
    assert high["reliability.tier_2"] == 1.0


PLAN = code_of({"guarantee": "multi-tier", "term": "15"})


def test_trust_is_the_factor_under_which_promises_are_what_is_believed() -> None:
    """At the values that are tried it is found again, between them nearly; and what was promised is trust 1."""
    worth = Worth(setting_of(reliability=0.5), Reliable())

    def believed(trust: float) -> float:
        return promised_mean(worth.scenario(PLAN, trust))

    assert 0.05 < believed(1.0) < 0.95
    for tried in (0.1, 0.5, 1.3):
        assert worth.trust_of(PLAN, believed(tried)) == pytest.approx(tried)
    assert worth.trust_of(PLAN, believed(1.0)) == pytest.approx(1.0, abs=1e-12)
    for trust in (0.65, 0.85, 1.15):
        assert worth.trust_of(PLAN, believed(trust)) == pytest.approx(trust, abs=0.01)
    assert worth.trust_of(PLAN, 0.0) == 0.0
    found = [worth.trust_of(PLAN, b) for b in np.linspace(0.0, 1.0, 21)]
    assert found == sorted(found) and found[-1] <= 2.0


def test_trust_is_one_where_promises_are_certain_or_nothing_is_promised() -> None:
    sure = Worth(setting_of(reliability=1.0), Reliable())
    assert promised_mean(sure.scenario(PLAN, 1.0)) == pytest.approx(1.0)
    assert sure.trust_of(PLAN, 1.0) == 1.0 > sure.trust_of(PLAN, 0.9)
    assert Worth(setting_of(reliability=0.0), Reliable()).trust_of(PLAN, 0.0) == 1.0
    assert sure.trust_of(MONITORS, 0.0) == 1.0


@pytest.mark.parametrize("stance", ["disengaged", "conditional", "committed"])
def test_a_stance_of_the_united_states_that_was_known_is_no_matter_of_trust(stance: str) -> None:
    """What was promised in a truce that began with it is believed with trust 1 where nothing was seen."""
    worth = Worth(setting_of(), Reliable())
    promised = promised_mean(worth.scenario(PLAN, 1.0, {"us.initial_stance": stance}))
    assert worth.trust_of(PLAN, promised, stance) == pytest.approx(1.0)
    assert (promised != promised_mean(worth.scenario(PLAN))) == (stance == "disengaged")


def test_the_mediator_s_hypotheses_are_replications_that_no_sweep_reaches() -> None:
    setting = setting_of(talks__hypotheses=3, worth__seed=7, forecast__years=1.5)
    worth = Worth(setting, Reliable())
    prior = worth.prior(1.0, 0.2)
    assert worth.prior(1.0, 0.2) is prior and worth.prior(1.0, 0.0) is not prior
    for h in range(3):
        values = drawn(setting.values, setting.fixed, lambda *at, r=2**32 - 1 - h: uniforms(7, 0, r, *at))
        assert values["forecast.years"] == 1.5 and values != setting.values
        gains = Preferences(setting.space, values, worth.table(), 0.2).gains(5000.0)
        for side, found in enumerate(prior.gains(5000.0)):
            assert found[:, h] == pytest.approx(gains[:, side], abs=1e-4)
    calm = worth.prior(1.0, 0.0).gains(5000.0)[1]
    assert (prior.gains(5000.0)[1] != calm).any()


def test_no_term_is_simulated_twice_and_monitors_only_serve_all() -> None:
    simulate = Reliable()
    worth = Worth(setting_of(talks__on_the_table="guarantee term deployment army"), simulate)
    worth.table()
    digests = [scenario.digest() for scenario in simulate.asked]
    assert (
        len(set(digests)) == len(digests) == 8
    )  # bare: 3 armies; plan: 3 places of the force, 2 more armies
    worth.table()
    assert len(simulate.asked) == 8


def test_without_guarantees_nothing_with_a_response_may_be_agreed() -> None:
    on = Worth(setting_of(), Reliable())
    off = Worth(resolve_talks("observe-only", settings={"talks.on_the_table": TERMS["on"]}), Reliable())
    assert on.responds.any() and not off.responds.any()
    assert off.setting.space.size == 2  # monitors only, and nothing at all


# -- put together ----------------------------------------------------------------------------------

ALONE = {
    "army": ("600", "uncapped"),
    "sanctions": ("phased", "lifted"),
    "monitoring": ("us-sensors", "joint"),
    "reconstruction": ("fund",),
    "sequence": ("comprehensive",),
    "line": ("withdrawal",),
}
RUNS = 64


def real(on_the_table: str = "all", runs: int = RUNS, **tables: str) -> tuple[Setting, Any]:
    settings: dict[str, Any] = {"talks.on_the_table": on_the_table, "worth.runs": runs}
    setting = resolve_talks(settings=settings | {f"table.{key}": value for key, value in tables.items()})
    return setting, simulated(int(setting.values["worth.seed"]), runs, 2)


def lapsed(words: dict[str, str]) -> int:
    """What is left of a package once its guarantee has lapsed."""
    return code_of(
        words | {"guarantee": "observe-only", "term": "0", "deployment": "none", "binding": "one-sided"}
    )


def direct(worth: Worth, words: dict[str, str]) -> Floats:
    """What a package brings, its own cease-fire being simulated."""
    code, after = code_of(words), lapsed(words)
    found = {c: worth.simulate(worth.scenario(c)) for c in (code, after)}
    responds = words["guarantee"] not in ("observe-only", "none")
    times = Times(RHO, worth.years, HALF)
    return Brings(found, responds, float(words["term"]), times).of(code, after)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of one's own for what is simulated."""
    monkeypatch.setattr(kept, "folder", lambda: tmp_path / "worth")
    monkeypatch.setattr(kept, "_MEMORY", {})
    yield tmp_path / "worth"


def test_a_package_that_differs_in_one_issue_is_what_its_simulation_says(own_cache: Path) -> None:
    setting, simulate = real(
        "guarantee term army sanctions", 24, guarantee="observe-only|multi-tier", term="5|15"
    )
    worth = Worth(setting, simulate)
    table = worth.table()
    checked = 0
    for place, code in enumerate(setting.space.codes.tolist()):
        words = package_words(code)
        if sum(words[name] != first for name, first in (("army", "800"), ("sanctions", "kept"))) > 1:
            continue
        assert table[0, place] == pytest.approx(direct(worth, words), abs=1e-12)
        checked += 1
    assert checked == 15


SEVERAL: list[dict[str, str]] = [
    {"guarantee": "multi-tier", "term": "15", "deployment": "rear", "army": "600", "sanctions": "phased"},
    {"guarantee": "multi-tier", "term": "50", "army": "uncapped", "reconstruction": "fund", "line": "zone"},
    {
        "guarantee": "article-5",
        "term": "15",
        "deployment": "rear",
        "line": "withdrawal",
        "sequence": "comprehensive",
    },
    {
        "guarantee": "multi-tier",
        "term": "30",
        "deployment": "forward",
        "army": "600",
        "monitoring": "us-sensors",
    },
    {
        "guarantee": "multi-tier",
        "term": "15",
        "binding": "two-sided",
        "sanctions": "lifted",
        "reconstruction": "assets",
    },
    {
        "guarantee": "observe-only",
        "term": "0",
        "army": "600",
        "sanctions": "phased",
        "sequence": "comprehensive",
    },
]


def additive_errors(runs: int, packages: list[dict[str, str]]) -> Floats:
    """(n, 2): by how much adding up changes moves the gains of Russia and Ukraine, war-years."""
    errors = []
    for words in packages:
        used = {name: f"{first.name}|{words[name]}" for name, first in FIRST.items() if name in words}
        setting, simulate = real(" ".join(FIRST), runs, **used)
        worth = Worth(setting, simulate)
        whole = package_words(code_of(words))
        alone = Preferences(
            _only(setting, whole), setting.values, worth.table()[:, [setting.space.place(code_of(words))]]
        )
        straight = np.repeat(direct(worth, whole)[None, None, :], 4, axis=0)
        other = Preferences(_only(setting, whole), setting.values, straight)
        errors.append((alone.gains(5500.0) - other.gains(5500.0))[0, :2])
    return np.array(errors)


def _only(setting: Setting, words: dict[str, str]) -> Any:
    place = setting.space.place(code_of(words))
    return type(setting.space)(setting.space.choices[[place]])


FIRST = {issue.name: issue.options[0] for issue in issues()}
ADDITIVE = 0.25
"""War-years: the bound of what adding up may miss; red lines and stakes are of this size and larger."""


def test_changes_add_up_nearly_in_a_package_that_differs_in_several_issues() -> None:
    errors = additive_errors(RUNS, SEVERAL[:2])
    print("additive error, war-years (Russia, Ukraine):", np.round(errors, 3).tolist())
    assert np.abs(errors).max() < 0.1


@pytest.mark.long
def test_changes_add_up_nearly_long() -> None:
    errors = additive_errors(512, SEVERAL)
    print("additive error, war-years (Russia, Ukraine):", np.round(errors, 3).tolist())
    assert np.abs(errors).max() < ADDITIVE and np.sqrt((errors**2).mean()) < 0.1


# -- on disk ---------------------------------------------------------------------------------------


@pytest.fixture
def counted(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which cease-fires the engine was asked for; it answers at once, with something of the scenario's."""
    asked: list[str] = []

    def results(scenario: Scenario, seed: int, replications: range, threads: int) -> dict[str, Any]:
        asked.append(scenario.digest())
        column = np.arange(len(replications)) + float(scenario.values["reliability.tier_2"]) + seed
        names = ("now", "ending", "t_violence", "t_ground", "t_responder_cost", "t_war_risk")
        return {name: column * (k + 1) for k, name in enumerate(names)}

    monkeypatch.setattr(engine, "results", results)
    return asked


def forget() -> None:
    """As another process would begin."""
    kept._MEMORY.clear()


def scenario_with(reliability: float) -> Scenario:
    return Worth(setting_of(reliability=reliability), Reliable()).scenario(MONITORS)


def test_what_was_simulated_is_read_from_disk_the_second_time(counted: list[str], own_cache: Path) -> None:
    first = simulated(1, 6, 1)(scenario_with(0.5))
    assert first.shape == (len(COLUMNS), 6) and len(counted) == 1
    assert first[2] == pytest.approx((np.arange(6) + 1.5) * 3 / 365)
    forget()
    again = simulated(1, 6, 1)(scenario_with(0.5))
    assert np.array_equal(first, again) and len(counted) == 1
    (file,) = own_cache.rglob("*.npy")
    assert not list(own_cache.rglob("*.tmp")) and np.array_equal(np.load(file), first)


def test_what_is_kept_is_kept_by_scenario_seed_and_number_of_runs(
    counted: list[str], own_cache: Path
) -> None:
    for scenario, seed, runs in ((0.5, 1, 6), (0.6, 1, 6), (0.5, 2, 6), (0.5, 1, 7), (0.5, 1, 6)):
        found = simulated(seed, runs, 1)(scenario_with(scenario))
        assert found[1, 0] == pytest.approx(2 * (scenario + seed)) and found.shape[1] == runs
    assert len(counted) == 4 == len(list(own_cache.rglob("*.npy")))


def _flip(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]


DAMAGES = {
    "empty": lambda d: b"",
    "cut": lambda d: d[: len(d) // 2],
    "header alone": lambda d: d[:128],
    "rubbish": lambda d: b"rubbish" * 40,
    "an archive": lambda d: b"PK\x03\x04" + d[4:],
    "another shape": lambda d: d.replace(b"(6, 6)", b"(6, 5)"),
    "another type": lambda d: d.replace(b"<f8", b"<i8"),
    "header": lambda d: _flip(d, 20, 4),
    "transposed": lambda d: d.replace(b"False", b"True "),
    "one bit": lambda d: _flip(d, 200, 1),
}


@pytest.mark.parametrize("damage", list(DAMAGES))
def test_a_damaged_file_is_simulated_again(damage: str, counted: list[str], own_cache: Path) -> None:
    first = simulated(1, 6, 1)(scenario_with(0.5))
    (file,) = own_cache.rglob("*.npy")
    whole = file.read_bytes()
    file.write_bytes(DAMAGES[damage](whole))
    assert file.read_bytes() != whole
    forget()
    assert np.array_equal(simulated(1, 6, 1)(scenario_with(0.5)), first)
    assert len(counted) == 2 and file.read_bytes() == whole


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(
    counted: list[str], own_cache: Path
) -> None:
    own_cache.parent.mkdir(exist_ok=True)
    own_cache.write_text("a file where the folder would be")
    first = simulated(1, 6, 1)(scenario_with(0.5))
    forget()
    assert np.array_equal(simulated(1, 6, 1)(scenario_with(0.5)), first) and len(counted) == 2


def test_a_whole_table_takes_some_130_cease_fires() -> None:
    simulate = Reliable()
    worth = Worth(resolve_talks(), simulate)
    assert worth.table().shape == (4, space().size, len(FEATURES))
    assert 120 <= len(simulate.asked) <= 140

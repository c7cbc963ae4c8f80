"""Packages of the talks: data that are well-formed, coherent spaces, and the cease-fires that terms set up."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from environment import frameworks
from environment.errors import BadInput
from environment.parameters import DATA
from environment.parameters import schema as ceasefire_schema
from environment.talks import parameters
from environment.talks.packages import (
    PARTIES,
    Option,
    Space,
    code_of,
    issues,
    options_of,
    package_words,
    radices,
    red_lines,
    space,
)
from experiments.scenario import Scenario, resolve
from experiments.talks.setting import resolve_talks
from experiments.talks.terms import SUSPENSION, WARNING, ceasefire

STATUSES = {"stated", "inferred", "assumed"}
NAMES = [issue.name for issue in issues()]
OPTIONS = [(issue.name, option) for issue in issues() for option in issue.options]
IDS = [f"{name}.{option.name}" for name, option in OPTIONS]

type Words = tuple[str, ...]


# -- the data --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("issue", "option"), OPTIONS, ids=IDS)
def test_an_option_says_where_it_comes_from_and_names_what_exists(issue: str, option: Option) -> None:
    assert option.status in STATUSES and option.source and option.label
    for party, (low, mode, high) in option.worth.items():
        assert party in PARTIES and low <= mode <= high
    law = {f"framework.{key}" for key in frameworks.schema()}
    for key in option.set:
        assert key in ceasefire_schema() or key in law, key
    for key, factor in option.scale.items():
        assert key in ceasefire_schema() and isinstance(ceasefire_schema()[key].value, float), key
        assert 0.0 < factor != 1.0
    for other, allowed in option.needs.items():
        assert other != issue and other in NAMES
        assert set(allowed) <= {o.name for o in issues()[NAMES.index(other)].options} and allowed
    shipped = {path.stem for path in (DATA / "frameworks").glob("*.toml")}
    assert (option.framework in shipped) == (issue == "guarantee") and bool(option.framework) == (
        issue == "guarantee"
    )


@pytest.mark.parametrize("line", red_lines(), ids=lambda line: line.name)
def test_a_red_line_belongs_to_a_party_and_can_be_crossed(line: Any) -> None:
    assert line.party in PARTIES and line.status in STATUSES and line.source and line.said
    low, mode, high = line.cost
    assert 0.0 <= low <= mode <= high and high > 0.0
    for issue, options in line.when.items():
        assert set(options) <= {o.name for o in issues()[NAMES.index(issue)].options}
    crossed = space().has(line.when)
    assert crossed.any() and not crossed.all()


def test_the_first_option_of_an_issue_is_the_yardstick_of_the_others() -> None:
    """Nothing is worth anything by itself in the package of first options, and that package goes together."""
    assert all(not issue.options[0].worth and not issue.options[0].scale for issue in issues())
    assert code_of({}) == 0 and 0 in space().codes


@pytest.mark.parametrize("key", list(parameters.schema()))
def test_a_parameter_of_the_talks_lies_in_its_range_and_names_its_source(key: str) -> None:
    spec = parameters.schema()[key]
    assert spec.status in STATUSES and spec.source and spec.meaning and spec.unit
    if spec.low is not None and spec.high is not None and not isinstance(spec.value, str):
        assert spec.min <= spec.low <= float(spec.value) <= spec.high <= spec.max


def test_every_party_has_a_stake_of_every_option_and_a_cost_of_its_red_lines() -> None:
    stakes = {key for key in parameters.schema() if key.startswith("stakes.")}
    assert len(stakes) == len(OPTIONS) * len(PARTIES)
    option = next(o for name, o in OPTIONS if (name, o.name) == ("sanctions", "lifted"))
    spec = parameters.schema()["stakes.sanctions.lifted.ukraine"]
    assert (spec.low, spec.value, spec.high) == tuple(option.worth["Ukraine"])
    assert {f"red_line.{line.name}" for line in red_lines()} <= set(parameters.schema())


# -- spaces ----------------------------------------------------------------------------------------


def brute_force() -> list[Words]:
    """All packages in which options go together, one by one."""
    found = []
    for chosen in itertools.product(*(issue.options for issue in issues())):
        words = {name: option.name for name, option in zip(NAMES, chosen, strict=True)}
        if all(words[other] in allowed for option in chosen for other, allowed in option.needs.items()):
            found.append(tuple(words.values()))
    return found


COHERENT = brute_force()
PLACES = {issue.name: {o.name: k for k, o in enumerate(issue.options)} for issue in issues()}


def words_of(packages: Space) -> list[Words]:
    return [
        tuple(issue.options[k].name for issue, k in zip(issues(), row, strict=True))
        for row in packages.choices.tolist()
    ]


def test_the_whole_space_is_what_goes_together_and_nothing_else() -> None:
    assert words_of(space()) == COHERENT
    assert 40_000 < len(COHERENT) < np.prod([len(issue.options) for issue in issues()])


def test_codes_are_numbers_of_packages_and_come_back() -> None:
    codes = space().codes
    assert len(np.unique(codes)) == len(codes) and (np.diff(codes) > 0).all()
    whole = int(np.prod([len(issue.options) for issue in issues()]))
    assert radices()[-1] == 1 and codes.max() < whole
    for place in np.linspace(0, space().size - 1, 300).astype(int).tolist():
        words = package_words(int(codes[place]))
        assert tuple(words.values()) == COHERENT[place]
        assert code_of(words) == codes[place] and space().place(int(codes[place])) == place
        assert tuple(o.name for o in options_of(int(codes[place]))) == COHERENT[place]


def expected(on_the_table: str, narrowed: dict[str, str]) -> list[Words]:
    """What the documentation says of a narrowed table, package by package."""

    def fits(words: Words, option: Option) -> bool:
        return all(words[NAMES.index(other)] in allowed for other, allowed in option.needs.items())

    def stays(words: Words) -> bool:
        for number, issue in enumerate(issues()):
            wanted = narrowed.get(issue.name, "all")
            left = [o for o in issue.options if wanted == "all" or o.name in wanted.split("|")]
            fitting = [o.name for o in left if fits(words, o)]
            fallback = next(o.name for o in issue.options if fits(words, o))
            if words[number] not in (fitting or [fallback]):
                return False
        return True

    shown = NAMES if on_the_table == "all" else on_the_table.split()
    found: dict[Words, Words] = {}
    for words in COHERENT:  # in order: the first of each kind has the earliest options
        if stays(words):
            found.setdefault(tuple(words[NAMES.index(name)] for name in shown), words)
    return sorted(found.values(), key=lambda w: [PLACES[n][o] for n, o in zip(NAMES, w, strict=True)])


TABLES: list[tuple[str, dict[str, str]]] = [
    ("guarantee", {}),
    ("guarantee term", {}),
    ("guarantee term deployment", {"term": "50|15"}),
    ("guarantee binding", {"binding": "two-sided"}),
    ("line guarantee monitoring", {"monitoring": "joint", "guarantee": "none|article-5"}),
    ("army sanctions sequence", {"army": "uncapped|800", "line": "withdrawal"}),
    (
        "all",
        {"guarantee": "observe-only|multi-tier", "army": "600", "reconstruction": "fund", "line": "zone"},
    ),
]


@pytest.mark.parametrize(("on_the_table", "narrowed"), TABLES)
def test_a_narrowed_table_holds_what_the_words_say(on_the_table: str, narrowed: dict[str, str]) -> None:
    found = words_of(space(on_the_table, tuple(narrowed.items())))
    assert found == expected(on_the_table, narrowed) and found


def test_a_closed_issue_is_settled_by_its_first_option_that_goes_with_the_rest() -> None:
    by_guarantee = {package["guarantee"]: package for package in map(package_words, space("guarantee").codes)}
    assert by_guarantee["observe-only"]["term"] == "0" and by_guarantee["multi-tier"]["term"] == "5"
    assert all(p["deployment"] == "none" and p["line"] == "current" for p in by_guarantee.values())
    assert len(by_guarantee) == space("guarantee").size == 6


def test_two_sided_alone_leaves_monitors_only_one_sided() -> None:
    """What is left of an issue does not take packages off the table that it makes no sense in."""
    narrow = space("guarantee binding", (("binding", "two-sided"),))
    found = {(w["guarantee"], w["binding"]) for w in map(package_words, narrow.codes)}
    assert {g for g, b in found if b == "one-sided"} == {"observe-only", "none"}
    assert {g for g, b in found if b == "two-sided"} == {
        "ad-hoc",
        "multi-tier",
        "multi-tier-europe",
        "article-5",
    }


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"talks.on_the_table": "line garantee"},
            ("talks.on_the_table", "garantee", "did you mean 'guarantee'"),
        ),
        ({"table.line": "curent|zone"}, ("table.line", "curent", "did you mean 'current'", "withdrawal")),
        ({"table.binding": "|"}, ("table.binding", "one-sided", "two-sided")),
        ({"table.binding": ""}, ("table.binding", "one-sided", "two-sided")),
        ({"table.line": "  "}, ("table.line", "current", "withdrawal")),
        ({"table.line": "current|"}, ("table.line", "current", "withdrawal")),
        ({"talks.on_the_table": ""}, ("talks.on_the_table", "line", "binding")),
        ({"talks.on_the_table": "   "}, ("talks.on_the_table", "line", "binding")),
        ({"table.lines": "zone"}, ("table.lines", "did you mean 'table.line'")),
        ({"framework.binds": "Russia"}, ("framework.binds", "the terms agreed decide the framework")),
        ({"talks.protocol": "mediation"}, ("talks.protocol", "did you mean 'mediated'", "alternating")),
        ({"worth.years": 6.0}, ("worth.years", "at most 5")),
    ],
)
def test_a_bad_table_is_refused_with_what_is_allowed(settings: dict[str, Any], said: tuple[str, ...]) -> None:
    with pytest.raises(BadInput) as caught:
        resolve_talks(settings=settings)
    for part in said:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


# -- terms -----------------------------------------------------------------------------------------

SETTING = resolve_talks()
PLAN = {"guarantee": "multi-tier", "term": "15", "deployment": "rear"}


def scenario_of(**words: str) -> Scenario:
    return ceasefire(SETTING, code_of(words))


@pytest.mark.parametrize(
    ("framework", "change"),
    [
        ("multi-tier", {}),
        ("forward-tripwire", {"deployment": "forward"}),
        ("two-sided", {"binding": "two-sided"}),
        ("article-5", {"guarantee": "article-5"}),
        ("ad-hoc", {"guarantee": "ad-hoc"}),
        ("multi-tier-europe", {"guarantee": "multi-tier-europe"}),
    ],
)
def test_a_package_is_the_shipped_framework_but_for_its_term(framework: str, change: dict[str, str]) -> None:
    found = ceasefire(SETTING, code_of(PLAN | change))
    assert found.digest() == resolve(framework, settings={"entry.term_days": 5479.0}).digest()
    assert found.digest() != resolve(framework).digest()


@pytest.mark.parametrize("framework", ["observe-only", "none"])
def test_without_a_guarantee_a_package_is_the_shipped_framework(framework: str) -> None:
    assert scenario_of(guarantee=framework).digest() == resolve(framework).digest()


def flat(scenario: Scenario) -> dict[str, Any]:
    form = scenario.canonical()
    return form["parameters"] | {f"framework.{key}": value for key, value in form["framework"].items()}


APART = {"guarantee", "deployment", "binding"}
CHANGES = [(n, o) for n, o in OPTIONS if n not in APART and (n, o.name) != ("term", "0")]


@pytest.mark.parametrize(("issue", "option"), CHANGES, ids=[f"{n}.{o.name}" for n, o in CHANGES])
def test_an_option_changes_what_its_data_say_and_nothing_else(issue: str, option: Option) -> None:
    before, after = flat(scenario_of(**PLAN)), flat(scenario_of(**(PLAN | {issue: option.name})))
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    said = {key for key, value in option.set.items() if before[key] != value} | set(option.scale)
    assert changed == said
    assert all(after[key] == value for key, value in option.set.items())
    for key, factor in option.scale.items():
        spec = ceasefire_schema()[key]
        assert after[key] == pytest.approx(min(spec.max, max(spec.min, before[key] * factor)), rel=1e-15)


def test_no_forces_means_no_force_on_land_in_any_tier() -> None:
    rear, none = (scenario_of(**(PLAN | {"deployment": where})) for where in ("rear", "none"))
    here, there = flat(rear), flat(none)
    changed = {key for key in here if here[key] != there[key]}
    assert changed and all(key.endswith("measures.Russia") for key in changed)
    for key in changed:
        assert [m for m in here[key] if m != "reassurance_force_land"] == list(there[key])
    measures = [m for tier in none.framework.tiers for m in tier.measures.Russia.value]
    assert "reassurance_force_land" not in measures and "military_support" in measures


def test_binding_both_sides_adds_consequences_for_ukraine_alone() -> None:
    for guarantee in ("ad-hoc", "multi-tier", "multi-tier-europe", "article-5"):
        words = {"guarantee": guarantee, "term": "30"}
        here, there = flat(scenario_of(**words)), flat(scenario_of(**words, binding="two-sided"))
        changed = {key for key in there if here.get(key) != there[key]}
        assert "framework.binds" in changed
        assert all(key == "framework.binds" or key.endswith("measures.Ukraine") for key in changed)
        tiers = ceasefire(SETTING, code_of(words | {"binding": "two-sided"})).framework.tiers
        assert set(SUSPENSION) <= set(tiers[-1].measures.Ukraine.value)
        assert set(WARNING) <= set(tiers[0].measures.Ukraine.value)


def test_scales_multiply_and_settings_of_the_study_come_first() -> None:
    both = scenario_of(line="withdrawal", army="600")
    base = float(resolve().values["halting.by_ukraine"])
    assert both.values["halting.by_ukraine"] == pytest.approx(base * 0.85 * 0.86)
    setting = resolve_talks(settings={"halting.by_ukraine": 0.04, "reliability": 0.3})
    found = ceasefire(setting, code_of({"army": "600"}), {"scenario.days": 9.0})
    assert found.values["halting.by_ukraine"] == pytest.approx(0.04 * 0.86)
    assert found.values["reliability.tier_3"] == 0.3 and found.values["scenario.days"] == 9.0
    highest = ceasefire_schema()["halting.by_ukraine"].max
    setting = resolve_talks(settings={"halting.by_ukraine": highest})
    assert ceasefire(setting, code_of({"army": "uncapped"})).values["halting.by_ukraine"] == highest


def test_every_package_can_be_resolved() -> None:
    rng = np.random.default_rng(3)
    drawn = rng.choice(space().codes, 150, replace=False).tolist()
    digests = {ceasefire(SETTING, code).digest() for code in drawn}
    assert len(digests) > 140  # what differs by words alone is rare

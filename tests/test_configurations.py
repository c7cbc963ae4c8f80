"""What the drawn configurations cover, and that a number always means the same configuration."""

from __future__ import annotations

import hashlib
import itertools
import json
import shlex
from pathlib import Path

import pytest

from environment import frameworks
from environment.errors import BadInput
from environment.kernel import RULES
from environment.parameters import schema
from experiments.scenario import resolve, shipped
from tests import rule_calls
from tests.agreement import run_mesa
from tests.configurations import (
    MEMBERS,
    PROFILES,
    Configuration,
    chosen_values,
    configuration,
    replay,
    scenario_of,
    wanted_values,
)
from tests.drawn_frameworks import HOURS

COUNT = 2000
FIRST = range(0, COUNT, MEMBERS)
"""One configuration of every scenario among the first 2,000."""


@pytest.fixture(scope="module")
def drawn() -> list[Configuration]:
    return [configuration(number) for number in FIRST]


def test_a_configuration_depends_on_its_number_alone() -> None:
    forth = [configuration(n) for n in range(60)]
    back = [configuration(n) for n in reversed(range(60))][::-1]
    assert forth == back
    assert len({(c.seed, c.replication, str(c.settings)) for c in forth}) == 60


def test_the_configurations_are_those_of_always() -> None:
    text = json.dumps([chosen_values(configuration(n)) for n in FIRST[:100]], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert digest == "f818034e7d16fa660e63a2721a8888727413fa3352c2b41cee790a6eadd63899"


def test_every_bound_default_and_choice_of_every_key_occurs(drawn: list[Configuration]) -> None:
    seen = {
        (key, value) for c in drawn for key, value in chosen_values(c).items() if not isinstance(value, list)
    }
    assert [wanted for wanted in wanted_values() if wanted not in seen] == []


def test_every_key_takes_values_inside_its_bounds(drawn: list[Configuration]) -> None:
    values: dict[str, set[object]] = {}
    for given in drawn:
        for key, value in chosen_values(given).items():
            values.setdefault(key, set()).add(str(value))
    kinds = {k: s.value for k, s in schema().items()} | {
        f"framework.{k}": leaf.kind(0) for k, leaf in frameworks.schema().items() if leaf.kind in (int, float)
    }
    few = {k: len(values[k]) for k, v in kinds.items() if isinstance(v, float) and len(values[k]) < 6}
    assert few == {}


def test_every_shipped_framework_scenario_and_kind_of_setting_occurs(drawn: list[Configuration]) -> None:
    assert {c.framework for c in drawn if c.law is None} == set(frameworks.shipped())
    assert {c.scenario for c in drawn} == set(shipped())
    assert {name for c in drawn for name in c.profiles} == set(PROFILES)
    assert {sum(f"tier_{k}.trigger" in (c.law or {}) for k in range(1, 5)) for c in drawn} == {0, 1, 2, 3, 4}
    changed = [len(c.settings) for c in drawn]
    assert min(changed) < 12 and max(changed) > 160


def test_seeds_replications_and_horizons_reach_their_bounds() -> None:
    given = [configuration(number) for number in range(COUNT)]
    assert {0, 2**64 - 1} <= {c.seed for c in given}
    assert {0, 2**32 - 1} <= {c.replication for c in given}
    assert any(c.days * 24 % 1 for c in given) and any(c.days % 1 == 0 for c in given)
    assert any(c.days >= 365 for c in given) and any(c.days >= 700 for c in given)


def test_few_configurations_are_refused_and_those_as_bad_input(drawn: list[Configuration]) -> None:
    refused = []
    for given in drawn:
        try:
            scenario_of(given)
        except BadInput:
            refused.append(given.number)
    assert len(refused) < 0.05 * len(drawn)


def test_hours_of_drawn_tiers_coincide_at_times(drawn: list[Configuration]) -> None:
    pairs = [
        (law[f"tier_{k}.{one}"], law[f"tier_{k}.{other}"])
        for law in (c.law for c in drawn if c.law)
        for k in range(1, 5)
        for one, other in itertools.pairwise(HOURS)
        if f"tier_{k}.trigger" in law
    ]
    same = sum(one == other for one, other in pairs)
    assert 0.1 < same / len(pairs) < 0.9


@pytest.mark.parametrize("number", [0, 4, 8, 12, 16, 20, 24, 28])
def test_a_configuration_written_out_is_the_same_scenario(number: int, tmp_path: Path) -> None:
    words = shlex.split(replay(number, tmp_path))
    told = dict(zip(words[2::2], words[3::2], strict=True))
    again = resolve(told["--framework"], told["--scenario"], {}, float(told["--days"]))
    given = configuration(number)
    assert again.digest() == scenario_of(given).digest()
    assert (int(told["--seed"]), int(told["--replication"])) == (given.seed, given.replication)


def test_every_rule_is_called() -> None:
    called: set[str] = set()
    with rule_calls.counting(called):
        for number in range(1, 400, 3):
            run_mesa(configuration(number))
    reached = rule_calls.with_callees(called)
    of_a_ceasefire = {
        name for name in rule_calls.functions() if not name.startswith("environment.rules.talks.")
    }
    assert sorted(of_a_ceasefire - reached) == []
    assert len(called) > len(RULES) and len(reached) > len(called)

"""The compiled engine and the Mesa engine tell the same story, byte for byte."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import pytest

from environment import frameworks
from environment.log import ENDINGS, Event, Row
from environment.talks.sentences import TOLD_TALKS
from experiments.compose import compose
from tests import agreement, faults, lines_reached
from tests.agreement import WANTED, as_bytes, checked, compare, difference, guarded, run_mesa, run_twin
from tests.configurations import Configuration, configuration, scenario_of
from tests.faults import FAULTS
from tests.planted import Fault

COUNT = 2000
LONG = int(os.environ.get("CEASEFIRE_CONFIGURATIONS", "100000"))


NOT_REACHED = {
    ("environment.agenda", "return len(self._heap)"): "a run never asks how much is to come",
    ("environment.casebook", "return"): "runs without a log",
    (
        "environment.verification",
        "return",
    ): "an attempt is void only if its incident is freed, which waits for it",
    (
        "environment.violations",
        "answer = PERSIST",
    ): "the shipped rules put minus infinity on going beyond the top",
    ("agents.leadership", "return self.beliefs.mean(tier, hours)"): "read by pages and tests alone",
    ("agents.leadership", "return float(self._cost[tier])"): "read by pages alone",
    (
        "environment.agenda",
        "return sorted(entry for entry in self._heap if entry.kind == kind)",
    ): "read by pages alone",
}
"""Lines of the Mesa engine that no configuration needs to reach, each with the reason."""


def _unreached(reached: set[lines_reached.Line]) -> set[tuple[str, str]]:
    found = set()
    for module, number in lines_reached.all_lines() - reached:
        text = Path(str(importlib.import_module(module).__file__)).read_text(encoding="utf-8")
        found.add((module, text.split("\n")[number - 1].strip()))
    return found


def _told(found: list[agreement.Difference]) -> str:
    return "\n".join(str(item) for item in found[:5])


def test_listening_tells_lines_that_ran_from_lines_that_did_not() -> None:
    reached: set[lines_reached.Line] = set()
    with lines_reached.listening(reached):
        run_mesa(configuration(0))
    assert len(lines_reached.all_lines()) > 1300
    assert 300 < len(reached & lines_reached.all_lines()) < len(lines_reached.all_lines())
    assert _unreached(reached) > {("environment.casebook", "return")}


# -- agreement -------------------------------------------------------------------------------------


def test_both_engines_agree_on_2000_configurations_in_which_everything_happens() -> None:
    seen: set[str] = set()
    reached: set[lines_reached.Line] = set()
    with lines_reached.listening(reached):
        report = checked(range(COUNT), run_mesa, run_twin, seen)
    assert report.differences == [], _told(report.differences)
    assert report.crashed == []
    assert len(report.rejected) < 0.05 * COUNT
    assert sorted(WANTED - seen) == []
    assert _unreached(reached) - NOT_REACHED.keys() == set()


@pytest.mark.long
def test_both_engines_agree_on_100000_configurations() -> None:
    report = checked(range(LONG), run_mesa, run_twin, set())
    assert report.differences == [], _told(report.differences)
    assert report.crashed == []
    assert len(report.rejected) < 0.05 * LONG


def test_many_runs_at_once_have_the_outcomes_of_single_ones() -> None:
    from experiments.twin import engine

    for number in range(0, 400, 4):
        given = configuration(number)
        scenario, first = scenario_of(given), min(given.replication, 2**32 - 2)
        columns = engine.simulate_many(scenario, given.seed, range(first, first + 2))
        for place in (0, 1):
            outcomes = compose(scenario, given.seed, first + place, keep_log=False).run()
            assert {name: column[place] for name, column in columns.items()} == outcomes, number


@pytest.mark.parametrize("framework", frameworks.shipped())
def test_the_command_line_writes_the_same_log_with_either_engine(framework: str, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from ceasefire import main as cli

    for seed in (1, 2, 3):
        logs, printed = [], []
        for engine in ("mesa", "compiled"):
            log = tmp_path / f"{engine}-{seed}.jsonl"
            words = ["run", "--framework", framework, "--seed", str(seed), "--days", "120"]
            result = CliRunner().invoke(
                cli, [*words, "--engine", engine, "--log", str(log), "--format", "json"]
            )
            assert result.exit_code == 0, result.output
            logs.append(log.read_bytes())
            printed.append(result.stdout)
        assert logs[0] == logs[1]
        assert printed[0] == printed[1]
        assert logs[0].count(b"\n") > 100


# -- the comparison itself -------------------------------------------------------------------------


def test_an_engine_agrees_with_itself_and_a_configuration_runs_the_same_twice() -> None:
    assert compare(range(20), run_mesa, run_mesa) == []


def test_a_changed_byte_is_told_by_its_line() -> None:
    def other(given: Configuration) -> bytes:
        account = run_mesa(given)
        return account.replace(b'"event": "ending"', b'"event": "anding"') if given.number == 3 else account

    (found,) = compare(range(6), run_mesa, other)
    account = run_mesa(configuration(3)).decode().split("\n")
    assert (found.number, found.line) == (3, len(account) - 2)
    assert found.mesa == account[-3] and "anding" in found.twin
    assert list(found.before) == account[-6:-3]
    assert str(found).startswith("configuration 3, line ")


def test_a_log_that_stops_early_differs() -> None:
    whole = run_mesa(configuration(1))
    found = difference(1, whole, b"\n".join(whole.split(b"\n")[:4]))
    assert found and found.line == 5 and found.twin == "(nothing)"


def test_what_the_log_rounds_away_is_compared_too() -> None:
    one, other = (as_bytes(([Row(0, int(Event.OPPORTUNITY), x=x)], {})) for x in (0.1, 0.1 + 1e-9))
    assert one.split(b"\n")[0] == other.split(b"\n")[0]
    assert one != other


def test_an_outcome_that_differs_in_its_last_bit_differs() -> None:
    one, other = (as_bytes(([], {"violence": x})) for x in (0.3, 0.1 + 0.2))
    assert difference(0, one, other) is not None


def test_an_engine_that_raises_is_a_finding_and_not_the_end() -> None:
    def broken(given: Configuration) -> bytes:
        raise ZeroDivisionError("by nought")

    assert guarded(broken, configuration(0)) == b"raised ZeroDivisionError: by nought"
    assert [item.number for item in compare(range(3), run_mesa, broken)] == [0, 1, 2]
    report = checked(range(2), broken, broken, set())
    assert [number for number, _ in report.crashed] == [0, 1]


def test_what_must_happen_names_every_ending_and_event() -> None:
    assert len(WANTED) == len(ENDINGS) + len(Event) - len(TOLD_TALKS) + 17  # no talks in a cease-fire


# -- planted faults --------------------------------------------------------------------------------

REDUCED = (
    "deadline before arrival",
    "late at the deadline itself",
    "success by v",
    "no settling before an escalation",
    "belief forgotten twice",
    "false alarms keep no case open",
)
"""One of each kind."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_old_text_of_a_planted_fault_stands_once_in_its_file(fault: Fault) -> None:
    compile(faults.with_fault(fault), fault.file, "exec")
    assert "/rules/" not in fault.file


def test_planted_faults_are_many_and_bear_different_names() -> None:
    assert len(FAULTS) == len({fault.name for fault in FAULTS}) >= 40
    assert {fault.name for fault in FAULTS} > set(REDUCED)


def test_planted_faults_of_every_kind_are_noticed() -> None:
    chosen = [fault for fault in FAULTS if fault.name in REDUCED]
    caught = faults.try_all(chosen, 200)
    assert [item.fault.name for item in caught if item.number is None] == []


@pytest.mark.long
def test_every_planted_fault_is_noticed() -> None:
    caught = faults.try_all(FAULTS, faults.CONFIGURATIONS)
    assert [item.fault.name for item in caught if item.number is None] == []

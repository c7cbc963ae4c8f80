"""The peer: the same model in Mesa's own `batch_run`, from a thin Mesa model, against the compiled engine."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import mesa
from mesa.batchrunner import batch_run

from benchmarks.common import Figures, alternate, finish, middle, ratio, say_machine
from environment.outcomes import Outcome
from environment.rules.draws import DAY
from experiments.compose import compose
from experiments.scenario import Scenario, resolve
from experiments.twin import engine

RUNS, ROUNDS = 5, 5
SEED = 1
REPORTED = ("violence", "days_survived")
HOURS = 24


@cache
def _scenario(days: float | None) -> Scenario:
    return resolve(days=days)


class Peer(mesa.Model):  # type: ignore[misc]  # Mesa ships no types
    """One cease-fire as `batch_run` wants it: a model with a step and a data collector.

    Parameters
    ----------
    replication
        Number of the run; its draws are those of the other engines.
    days
        Horizon; a year by default.
    hourly
        Whether a step is an hour, as Mesa's users have it, or the whole run.
    rng
        Mesa's; the model draws nothing from it.
    """

    def __init__(
        self, replication: int = 0, days: float | None = None, hourly: bool = False, rng: Any = None
    ) -> None:
        super().__init__(rng=SEED if rng is None else rng)
        self.inner = compose(_scenario(days), SEED, replication, keep_log=False)
        self.hourly, self.hour = hourly, 0
        self.found: dict[str, Outcome] = {}
        reporters = {name: partial(_report, name) for name in REPORTED}
        self.datacollector = mesa.DataCollector(model_reporters=reporters)

    def step(self) -> None:
        """An hour, or all of it; what came of it is collected at the end."""
        if self.hourly:
            self.hour += 1
            self.inner.run_until(self.hour)
        else:
            self.inner.run()
        if self.inner.ending >= 0:
            self.found = self.inner.outcomes()
            self.datacollector.collect(self)
            self.running = False


def _report(name: str, model: Peer) -> Outcome:
    return model.found[name]


def peers(runs: int, days: float | None, hourly: bool) -> list[dict[str, Any]]:
    """The outcomes of some runs by `batch_run`, in one process."""
    scenario = _scenario(days)
    parameters = {"replication": range(runs), "days": days, "hourly": hourly}
    steps = scenario.world.horizon // DAY * HOURS + HOURS
    found: list[dict[str, Any]] = batch_run(
        Peer, parameters, number_processes=1, max_steps=steps, display_progress=False
    )
    return found


def benchmark(runs: int = RUNS, rounds: int = ROUNDS, days: float | None = None, times: int = 50) -> Figures:
    """Measure, print and return.

    Parameters
    ----------
    runs, rounds
        Runs timed at once; repetitions.
    days
        Horizon; a year by default.
    times
        How many times as many runs the compiled engine does, so that its part is long enough to time.
    """
    say_machine()
    scenario = _scenario(days)

    loop = partial(engine.results, scenario, SEED, range(runs * times))
    events = loop()["events"]
    weight = times * float(events.mean() / events[:runs].mean())  # both sides by the event
    ours = engine.simulate_many(scenario, SEED, range(runs))
    theirs = peers(runs, days, hourly=True)
    same = [row["violence"] for row in theirs] == [float(value) for value in ours["violence"]]
    whole, hourly, compiled = alternate(
        [partial(peers, runs, days, hourly=False), partial(peers, runs, days, hourly=True), loop], rounds
    )
    found = {
        "ratio_peer": ratio(whole, compiled) * weight,
        "ratio_peer_hourly": ratio(hourly, compiled) * weight,
        "peer_runs_per_second": runs / middle(whole),
        "peer_hourly_runs_per_second": runs / middle(hourly),
        "runs_per_second": runs * times / middle(compiled),
        "same_outcomes": same,
    }
    print(
        f"batch_run takes {found['ratio_peer']:.0f} times as long as the compiled engine "
        f"({found['peer_runs_per_second']:.1f} against {found['runs_per_second']:.0f} runs/s), "
        f"{found['ratio_peer_hourly']:.0f} times where a step is an hour; outcomes "
        f"{'the same' if same else 'NOT the same'}"
    )
    return finish(found)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peer", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--days", type=float, default=None)
    given = parser.parse_args(arguments)
    benchmark(given.runs, given.rounds, given.days)


if __name__ == "__main__":
    main()

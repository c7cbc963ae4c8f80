"""A sweep from beginning to end: a study in, a results folder out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from environment.errors import BadInput, nearest
from experiments.design import Design, Resolver, Stripper, build_design, round_bounds
from experiments.engines import DEFAULT_ENGINE, Simulate, engine_path, outcomes_of, rules_of
from experiments.folder import check_folder, free_folder, last_folder, make_rooms
from experiments.lease import Lease
from experiments.plan import Plan
from experiments.resume import begin, keep_what_is_whole, leaving_whole_shards, refuse_another
from experiments.runner import RUN_TIMEOUT, run_rounds
from experiments.store import enter_shard, load
from experiments.study import DEFAULT_SEED, Study, override, parse_study
from experiments.task import RUN_MEMORY, Task

if TYPE_CHECKING:
    import pandas as pd

MOST_WORKERS = 1024
COMPARE_RUNS = 200


class Stop(Protocol):
    """Decides after a round whether enough is known; `columns` are those it looks at."""

    columns: Sequence[str]

    def __call__(self, runs: pd.DataFrame) -> bool:
        """Whether the runs so far are enough."""


def run_sweep(
    study: Study,
    out: Path | None = None,
    seed: int | None = None,
    runs: int | None = None,
    workers: int | None = None,
    progress: bool = True,
    *,
    resume: bool = False,
    stop: Stop | None = None,
    finish: Callable[[Path], None] | None = None,
    simulate: str | Simulate = DEFAULT_ENGINE,
    resolve: Resolver | None = None,
    without_response: Stripper | None = None,
    run_timeout: float = RUN_TIMEOUT,
    run_memory: int = RUN_MEMORY,
    cluster: str | None = None,
) -> Path:
    """Run a study into a results folder; everything is checked before anything is written.

    Parameters
    ----------
    out
        A new or empty folder; by default ``results/<study>-seed<seed>``.
    seed, runs, workers
        Seed (default: the study's, else 1), paired replications per point, processes.
    resume
        Whether to go on with a folder; where there is none, it is begun.
    stop
        Looked at after every round of a study that stops by precision.
    finish
        Called with the folder when all runs are stored, while it is still ours.
    simulate, resolve, without_response
        The engine (name, ``module:function`` or function), what makes scenarios of settings and what
        makes the comparison arm of a scenario (see `experiments.design.build_design`); the project's
        by default.
    run_timeout, run_memory
        Seconds and bytes that one run may take before it is given up.
    cluster
        Address of a Dask scheduler whose workers do the runs, instead of processes of this machine.

    Errors
    ------
    BadInput
        For a study, setting, seed, folder or number of workers that cannot be used, and for a folder
        to go on with that is of another sweep.
    FolderInUse
        If another process writes into the folder.
    """
    plan = _plan(study, seed, runs, engine_path(simulate), resolve, without_response, run_memory)
    crew = _workers(workers, cluster)
    folder = out or default_folder(plan.study, resume)
    check_folder(folder, resume)
    with executor(folder, crew, cluster) as run, Lease(folder):
        check_folder(folder, resume, ours=True)
        if resume:
            refuse_another(folder, plan)
        make_rooms(folder)
        kept, notes = keep_what_is_whole(folder, {shard.name for shard in plan.design.shards()})
        for note in notes:
            print(f"ceasefire: {folder}: {note}", file=sys.stderr)
        begin(folder, plan)
        with leaving_whole_shards(folder):
            run(
                plan.engine,
                _rounds(plan, folder, kept, stop),
                lambda receipt: enter_shard(folder, receipt),
                total=plan.design.size() if plan.study.precision is None else None,
                done=sum(kept.values()),
                progress=progress,
                run_timeout=run_timeout,
                memory=run_memory,
            )
        if finish:
            finish(folder)
    return folder


def _rounds(plan: Plan, folder: Path, kept: dict[str, int], stop: Stop | None) -> Iterator[Iterator[Task]]:
    """The tasks that are left of each round, until `stop` has seen enough.

    What `stop` sees are the rounds that are whole, and nothing of later ones that a folder may hold.
    """
    seen: set[str] = set()
    for shards, (_, last) in zip(plan.design.rounds(), round_bounds(plan.study), strict=True):
        todo = list(shards) if stop else shards
        yield (plan.task(folder, shard) for shard in todo if shard.name not in kept)
        if stop:
            seen |= {shard.name for shard in todo}
            if last < plan.study.runs and stop(load(folder, stop.columns, seen, categories=True)):
                return


def _plan(
    study: Study,
    seed: int | None,
    runs: int | None,
    engine: str,
    resolve: Resolver | None,
    without_response: Stripper | None,
    memory: int,
) -> Plan:
    study = override(study, "command line", seed=seed, runs=runs)
    used = DEFAULT_SEED if study.seed is None else study.seed
    study = override(study, "command line", seed=used)
    design = build_design(study, resolve, without_response) if resolve else design_of(study)
    known = outcomes_of(engine)
    for number, outcome in enumerate(study.outcomes):
        if known and outcome not in known:
            raise BadInput(f"outcomes.{number}", outcome, ", ".join(known), nearest=nearest(outcome, known))
    return Plan(design, used, engine, rules_of(engine), memory)


def default_folder(study: Study, resume: bool = False) -> Path:
    """Where results go if nobody says: the next free name, or the last one taken to go on with."""
    seed = DEFAULT_SEED if study.seed is None else study.seed
    return last_folder(study, seed) if resume else free_folder(study, seed)


def design_of(study: Study) -> Design:
    """The design of a study with the project's own scenarios."""
    from experiments.scenario import resolve, without_response

    return build_design(study, resolve, without_response)


def compare_study(names: Sequence[str], settings: dict[str, Any] | None = None) -> Study:
    """The study behind ``ceasefire compare``: frameworks side by side against observe-only.

    Parameters
    ----------
    names
        Shipped frameworks or files.
    settings
        Dotted keys and values that hold in every arm.
    """
    raw = {
        "name": "compare",
        "title": "Frameworks side by side",
        "question": "How much violence does each framework deter, at which risk of direct war?",
        "frameworks": list(names),
        "runs": COMPARE_RUNS,
        "comparison": "observe-only",  # whole frameworks are compared: monitoring and attribution differ too
        "settings": settings or {},
    }
    return parse_study(raw, "command line")


@contextmanager
def executor(folder: Path, workers: int, cluster: str | None) -> Iterator[Callable[..., int]]:
    """What runs the tasks of a folder: processes of this machine, or the workers of a cluster.

    Parameters
    ----------
    cluster
        Address of a Dask scheduler; None for processes here.

    Errors
    ------
    BadInput, RunFailed
        For an address that is none, or that nobody answers at.
    """
    if cluster is None:
        yield partial(run_rounds, workers=workers)
        return
    from experiments.cluster import connected

    with connected(cluster, folder) as run:
        yield run


def _workers(workers: int | None, cluster: str | None) -> int:
    if cluster is not None and workers is not None:
        raise BadInput("--workers", workers, "nothing beside --cluster, whose workers all take part")
    number = (os.cpu_count() or 1) if workers is None else workers
    if not 1 <= number <= MOST_WORKERS:
        raise BadInput("--workers", number, f"a whole number from 1 to {MOST_WORKERS}")
    return number

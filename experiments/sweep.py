"""A sweep from beginning to end: a study in, a results folder out."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from environment.errors import BadInput, nearest
from experiments.design import Design, Resolver, Stripper, build_design
from experiments.pool import Simulate
from experiments.runner import RUN_TIMEOUT, run_shards
from experiments.store import Store, free_folder, place
from experiments.study import DEFAULT_SEED, Study, override, parse_study
from experiments.toml_text import study_toml

ROOT = Path(__file__).resolve().parent.parent
SIMULATE = "experiments.single:simulate"
MOST_WORKERS = 1024
PACKAGES = ("ceasefire", "mesa", "numba", "numpy", "pandas", "pyarrow", "pydantic", "scipy")
COMPARE_RUNS = 200


def run_sweep(
    study: Study,
    out: Path | None = None,
    seed: int | None = None,
    runs: int | None = None,
    workers: int | None = None,
    progress: bool = True,
    *,
    simulate: str | Simulate = SIMULATE,
    resolve: Resolver | None = None,
    without_response: Stripper | None = None,
    run_timeout: float = RUN_TIMEOUT,
) -> Path:
    """Run a study into a results folder; everything is checked before anything is written.

    Parameters
    ----------
    out
        A new or empty folder; by default ``results/<study>-seed<seed>``.
    seed, runs, workers
        Seed (default: the study's, else 1), paired replications per point, processes.
    simulate, resolve, without_response
        The simulation of one run, what makes scenarios of settings and what makes the comparison
        arm of a scenario (see `experiments.design.build_design`); the project's by default.
    run_timeout
        Seconds that one run may take before it is given up.

    Errors
    ------
    BadInput
        For a study, setting, seed, folder or number of workers that cannot be used.
    """
    study = override(study, "command line", seed=seed, runs=runs)
    study = override(study, "command line", seed=DEFAULT_SEED if study.seed is None else study.seed)
    used = DEFAULT_SEED if study.seed is None else study.seed
    crew = _workers(workers)
    design = build_design(study, resolve, without_response) if resolve else design_of(study)
    _check_outcomes(study, simulate)
    folder = out or free_folder(study, used)
    provenance = describe(design, used, _rules(simulate))
    store = Store(folder, study, used)
    place(folder, "study.toml", study_toml(study).encode())
    place(folder, "provenance.json", (json.dumps(provenance, indent=2) + "\n").encode())
    run_shards(
        simulate,
        design.shards(),
        store.add,
        seed=used,
        total=design.size(),
        workers=min(crew, design.size()),
        progress=progress,
        run_timeout=run_timeout,
    )
    return folder


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


def describe(design: Design, seed: int, rules: str | None) -> dict[str, Any]:
    """Where results come from: versions, commit, rules, seed, machine, scenarios by digest."""
    full = design.points[0].scenario
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "runs": design.size(),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "git": _git(),
        "rules": rules,
        "machine": {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()},
        "scenarios": [
            {"group": g.index, "arm": g.arm, "point": g.point, "digest": g.scenario.digest()}
            for g in design.groups
        ],
        "first_scenario": full.canonical(),
    }


def _workers(workers: int | None) -> int:
    number = (os.cpu_count() or 1) if workers is None else workers
    if not 1 <= number <= MOST_WORKERS:
        raise BadInput("--workers", number, f"a whole number from 1 to {MOST_WORKERS}")
    return number


def _check_outcomes(study: Study, simulate: str | Simulate) -> None:
    """Refuse an unknown outcome before a sweep is run for it, where the simulation lists its own."""
    known: Sequence[str] = getattr(_module(simulate), "OUTCOMES", ())
    for number, outcome in enumerate(study.outcomes):
        if known and outcome not in known:
            raise BadInput(f"outcomes.{number}", outcome, ", ".join(known), nearest=nearest(outcome, known))


def _module(simulate: str | Simulate) -> ModuleType:
    return import_module(simulate.partition(":")[0] if isinstance(simulate, str) else simulate.__module__)


def _rules(simulate: str | Simulate) -> str | None:
    """Digest of all sources that decide results, where the simulation states one."""
    digest = getattr(_module(simulate), "engine_digest", None)
    return None if digest is None else str(digest())


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git() -> dict[str, Any]:
    """Commit and whether the tree differs from it; nulls outside a repository."""

    def ask(*words: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", *words], cwd=ROOT, capture_output=True, text=True, timeout=10, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.strip()

    top = ask("rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != ROOT:
        return {"commit": None, "dirty": None}
    status = ask("status", "--porcelain")
    return {"commit": ask("rev-parse", "HEAD"), "dirty": None if status is None else bool(status)}

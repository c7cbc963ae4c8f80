"""What a sweep is going to do: its design as tasks, and what its folder says about where it came from."""

from __future__ import annotations

import json
import os
import pickle
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from experiments.design import Design, Group, Shard, replay
from experiments.engines import ENGINES
from experiments.identity import LIBRARIES, SEMANTICS, SHORT, shard_metadata
from experiments.rows import Fixed
from experiments.study import Study
from experiments.task import RUN_MEMORY, Task
from experiments.toml_text import study_toml

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("ceasefire", "mesa", "numba", "numpy", "pandas", "pyarrow", "pydantic", "scipy")
STUDY_FILE, PROVENANCE = "study.toml", "provenance.json"


@dataclass(frozen=True, eq=False)
class Plan:
    """A sweep fully resolved.

    Parameters
    ----------
    engine
        Where the simulation is: ``module:function``. It leaves no trace in the rows.
    rules
        Digest of the rules, where the engine states one.
    """

    design: Design
    seed: int
    engine: str
    rules: str | None
    memory: int = RUN_MEMORY

    @property
    def study(self) -> Study:
        """The study, every default filled in."""
        return self.design.study

    def task(self, folder: Path, shard: Shard) -> Task:
        """A shard as a piece of work for any executor."""
        pickled, digest, fixed, command = _shared(self, shard.group)
        return Task(
            str(folder), shard.name, self.engine, self.seed, shard.first, shard.count,
            pickled, digest, self.rules, fixed, command, self.memory,
        )  # fmt: skip

    def files(self) -> dict[str, bytes]:
        """study.toml and provenance.json."""
        return {
            STUDY_FILE: study_toml(self.study).encode(),
            PROVENANCE: (json.dumps(self.describe(), indent=2) + "\n").encode(),
        }

    def describe(self) -> dict[str, Any]:
        """Where results come from: versions, commit, rules, seed, machine, scenarios by digest."""
        cores = os.cpu_count()
        return {
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "engine": self.engine,
            **self.identity(),
            "runs": self.design.size(),
            "loop": self.loop(),
            "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
            "git": _git(),
            "machine": {"system": platform.platform(), "processor": platform.machine(), "cores": cores},
            "first_scenario": self.design.points[0].scenario.canonical(),
        }

    def identity(self) -> dict[str, Any]:
        """What decides every run: semantics version, digest of the rules, seed, scenarios by digest."""
        groups = [
            {"group": g.index, "arm": g.arm, "point": g.point, "digest": g.scenario.digest()}
            for g in self.design.groups
        ]
        return {"semantics": SEMANTICS, "rules": self.rules, "seed": self.seed, "scenarios": groups}

    def loop(self) -> str | None:
        """Digest of the compiled loop, where that is the engine."""
        if self.engine != ENGINES["compiled"]:
            return None
        from experiments.twin.compiling import loop_digest

        return loop_digest()

    def libraries(self) -> dict[str, str | None]:
        """Versions of the libraries that the bytes of a shard depend on."""
        return {name: _version(name) for name in LIBRARIES}

    def metadata(self) -> dict[str, dict[str, str]]:
        """What each shard says of itself, by its name."""
        said = {
            group.index: shard_metadata(group.scenario.digest(), self.rules, self.seed)
            for group in self.design.groups
        }
        return {shard.name: said[shard.group.index] for shard in self.design.shards()}


@lru_cache(maxsize=64)
def _shared(plan: Plan, group: Group) -> tuple[bytes, str, Fixed, str]:
    """What all tasks of a group share: scenario, its digest, fixed columns, command of replay."""
    digest = group.scenario.digest()
    fixed: Fixed = (
        ("framework", "string", str(group.scenario.framework.name)),
        ("scenario", "string", digest[:SHORT]),
        ("arm", "string", group.arm),
        ("point", "int64", group.point),
        ("baseline", "int64", group.baseline),
        *((key, kind, _converted(group.values.get(key), kind)) for key, kind in kinds(plan.study).items()),
    )
    return pickle.dumps(group.scenario), digest, fixed, replay(plan.study, group, plan.seed)


def kinds(study: Study) -> dict[str, str]:
    """Type of each parameter's column, from all its values, so that it is one type in every shard."""
    found = {}
    for key in study.varied():
        values = study.parameters.get(key) or [point[key] for point in study.points]
        if all(isinstance(value, bool) for value in values):
            found[key] = "bool"
        else:
            found[key] = "string" if any(isinstance(value, bool | str) for value in values) else "double"
    found.pop("framework", None)  # has a column of its own
    return found


def _converted(value: Any, kind: str) -> Any:
    convert = {"bool": bool, "string": str, "double": float}[kind]
    return None if value is None else convert(value)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git() -> dict[str, Any]:
    """Commit and whether the tree differs from it; nulls outside a repository.

    Git is told to take no lock: killed with the sweep, it would leave one behind in the repository.
    """

    def ask(*words: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "--no-optional-locks", *words],
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=10,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.strip()

    top = ask("rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != ROOT:
        return {"commit": None, "dirty": None}
    status = ask("status", "--porcelain")
    return {"commit": ask("rev-parse", "HEAD"), "dirty": None if status is None else bool(status)}

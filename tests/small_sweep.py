"""A sweep that takes a moment, for tests that kill it: run as a program, or imported for its parts.

The command line: FOLDER WORKERS [resume] [many] [bare]. Scenarios and runs are toys; everything else is real.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from environment.errors import BadInput, CeasefireError  # noqa: E402
from experiments.study import parse_study  # noqa: E402
from experiments.sweep import run_sweep  # noqa: E402

SEED = 3
PAUSE = 0.002  # seconds a run: kills fall into runs, into the storing and between


@dataclass(frozen=True)
class Framework:
    """Has a name, as frameworks do."""

    name: str


@dataclass(frozen=True)
class Scenario:
    """Stands for a resolved scenario: what it was resolved from is what it is."""

    framework: Framework
    settings: tuple[tuple[str, Any], ...]

    def canonical(self) -> dict[str, Any]:
        return {"framework": {"name": self.framework.name}, "parameters": dict(self.settings)}

    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.canonical(), sort_keys=True).encode()).hexdigest()


def resolve(framework: str, scenario: str, settings: dict[str, Any], days: float | None) -> Any:
    if not 0 <= settings.get("reliability", 0) <= 1:
        raise BadInput("reliability", settings["reliability"], "0 to 1")
    return Scenario(Framework(framework), tuple(settings.items()))


def simulate(scenario: Scenario, seed: int, replication: int) -> dict[str, Any]:
    """Violence falls with reliability; one run in forty fails."""
    time.sleep(PAUSE)
    draw = random.Random(f"{seed}/{replication}")
    level, luck = draw.gammavariate(2, 1), draw.random()
    settings = dict(scenario.settings)
    if luck < 0.025 and settings.get("ladder.arm") == "reviews":
        raise ArithmeticError(f"luck ran out in {__file__}")
    war = luck > 0.9 and scenario.framework.name != "observe-only"
    return {
        "violence": level * (1 - settings.get("reliability", 0) / 2),
        "days_survived": 100 if war else 365.0,
        "ending": "direct_war" if war else "survived",
    }


def simulate_many(scenario: Scenario, seed: int, replications: range) -> dict[str, Any]:
    """The same runs, many at once; a run that raises takes its chunk along."""
    rows = [simulate(scenario, seed, replication) for replication in replications]
    return {name: [row[name] for row in rows] for name in rows[0]}


STUDY = parse_study(
    {
        "name": "small",
        "title": "Small",
        "question": "Does it last?",
        "runs": 40,
        "parameters": {"reliability": [0, 0.5, 1]},
    },
    "test",
)


def sweep(folder: Path, **options: Any) -> Path:
    """Run the small study into a folder, effects included."""
    settings: dict[str, Any] = {
        "simulate": simulate, "resolve": resolve, "seed": SEED, "progress": False, "workers": 2, **options,
    }  # fmt: skip
    study = settings.pop("study", STUDY)
    finish = None if settings.pop("bare", False) else _conclude
    return run_sweep(study, folder, finish=finish, **settings)


def _conclude(folder: Path) -> None:
    from commands.sweep import conclude

    conclude(folder)


def main() -> None:
    """What the program does; errors become exit codes as in the command."""
    folder, workers, *words = sys.argv[1:]
    engine = "small_sweep:simulate_many" if "many" in words else "small_sweep:simulate"
    try:
        sweep(
            Path(folder),
            workers=int(workers),
            resume="resume" in words,
            simulate=engine,
            bare="bare" in words,
        )
    except CeasefireError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        print(f"{error.strerror}: {error.filename}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()

"""What ``ceasefire sweep`` and ``ceasefire compare`` do once their options are read.

These stand above the other rooms, like the command itself, and bring runs and analysis together:
the table and the place of the folder go to standard output, progress to standard error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.lasting import NarrowEnough, going_on, needed, precision_sentence
from environment.errors import BadInput, RunFailed, nearest
from experiments.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from analysis.theory import Theory
    from experiments.scenario import Scenario

FORMATS = ("text", "json")
PRECISION_LIMIT = (
    1_000_000  # replications a point at which --precision gives up, unless --runs says otherwise
)


@dataclass(frozen=True)
class Options:
    """The options that sweep and compare share; None takes the study's own or the default.

    Parameters
    ----------
    out, runs, workers, seed, settings, engine, resume, precision, cluster
        As the options of ``ceasefire sweep``.
    form
        ``text`` or ``json``.
    """

    out: str | Path | None = None
    runs: int | None = None
    workers: int | None = None
    seed: int | None = None
    settings: Mapping[str, Any] | None = None
    form: str = "text"
    engine: str | None = None
    resume: bool = False
    precision: float | None = None
    cluster: str | None = None


def sweep_command(study: str, **options: Any) -> Path:
    """Run a study, store it, print its table or JSON; returns the results folder.

    Parameters
    ----------
    study
        A shipped study's name or a TOML file.
    options
        Those of `Options`.

    Errors
    ------
    BadInput
        For anything that cannot be used, before anything is written.
    """
    from experiments.study import load_study, override

    given = Options(**options)
    _check_format(given.form)
    loaded = override(load_study(study), "--set", settings=dict(given.settings or {}))
    return _run(loaded, given)


def compare_command(names: Sequence[str], **options: Any) -> Path:
    """Frameworks side by side, paired, against observe-only; options as for `sweep_command`.

    Parameters
    ----------
    names
        Shipped frameworks or files, each once.
    """
    from experiments.sweep import compare_study

    given = Options(**options)
    _check_format(given.form)
    return _run(compare_study(names, dict(given.settings or {})), given)


def conclude(folder: Path, theory: Theory | None = None) -> tuple[Study, pd.DataFrame, int]:
    """Write effect.csv and the figures of a results folder from its stored runs.

    Parameters
    ----------
    theory
        Closed forms to draw beside the simulation.

    Returns
    -------
    tuple
        The study, its effect rows and the number of failed runs.

    Errors
    ------
    RunFailed
        If every run failed; names the first.
    """
    from analysis.effects import CONFIDENCE, effect_csv, effects
    from analysis.figures import Line, draw
    from analysis.theory import replications, second_tier
    from experiments.folder import place
    from experiments.store import load
    from experiments.study import load_study

    study = load_study(folder / "study.toml")
    runs = load(folder, needed(study), categories=True)
    failed = int((runs["status"] == "failed").sum())
    if failed == len(runs):
        raise RunFailed(f"all {failed} runs failed, so there is nothing to compare. {first_failure(folder)}")
    table = effects(runs, study.varied(), study.outcomes)
    place(folder, "effect.csv", effect_csv(table).encode())
    caption = (
        f"{study.title}: {study.question} Outcome: {study.outcomes[0]}; effect = 1 - framework / observe-only, "
        f"{replications(study, table)} paired replications a point, {CONFIDENCE:.0%} intervals, seed {study.seed}."
    )
    files = draw(
        table,
        caption,
        x_label=study.figure.x_label,
        marks=[Line(mark.value, mark.label) for mark in study.figure.marks],
        threshold=theory.threshold if theory and study.varied() == ("reliability",) else None,
        strengths=second_tier(study, theory) if theory else (),
    )
    for name, data in files.items():
        place(folder, f"figures/{name}", data)
    return study, table, failed


def _run(study: Study, given: Options) -> Path:
    from analysis.theory import theory_of
    from experiments.engines import DEFAULT_ENGINE
    from experiments.single import outcome_names
    from experiments.study import DEFAULT_SEED, override
    from experiments.sweep import default_folder, design_of, run_sweep
    from experiments.warmup import warm

    study = override(study, "--precision", precision=given.precision)
    study = override(study, "command line", runs=_most_runs(study, given), seed=given.seed)
    study = override(study, "command line", seed=DEFAULT_SEED if study.seed is None else study.seed)
    if study.kind == "talks":
        from commands.sweep_talks import run_talks

        return run_talks(study, given)
    check_outcomes(study, outcome_names())
    engine, design = given.engine or DEFAULT_ENGINE, design_of(study)
    if engine == "compiled":
        _refuse_what_cannot_be_compiled(group.scenario for group in design.groups)
    if given.cluster is None:  # workers of a cluster compile for themselves
        warm(engine)
    folder = Path(given.out) if given.out else default_folder(study, given.resume)
    theory = theory_of(study, [point.scenario for point in design.points])
    concluded: list[tuple[Study, pd.DataFrame, int]] = []
    with going_on(folder):
        run_sweep(
            study,
            folder,
            workers=given.workers,
            resume=given.resume,
            simulate=engine,
            stop=NarrowEnough(study) if study.precision else None,
            cluster=given.cluster,
            finish=lambda folder: concluded.append(conclude(folder, theory)),
        )
    used, table, failed = concluded[0]
    if given.form == "json":
        print(json.dumps(_as_json(used, table, failed, theory, folder), indent=2))
    else:
        _print_table(used, table, failed, theory, folder)
    if failed:
        raise RunFailed(f"{failed} runs failed; the rest is complete in {folder}")
    return folder


def _refuse_what_cannot_be_compiled(scenarios: Iterable[Scenario]) -> None:
    from experiments.twin.packing import refuse_custom

    for scenario in scenarios:
        refuse_custom(scenario.world)


def _most_runs(study: Study, given: Options) -> int | None:
    """Runs asked for; with ``--precision`` alone, the limit of that mode."""
    return PRECISION_LIMIT if given.precision and given.runs is None else given.runs


def _print_table(study: Study, table: pd.DataFrame, failed: int, theory: Theory, folder: Path) -> None:
    from analysis.tables import effect_table, foot_lines, head_lines
    from analysis.theory import replications

    if failed:
        print(first_failure(folder), "", sep="\n")
    foot = foot_lines(study.seed or 0, replications(study, table), failed, theory.sentence)
    if study.precision:
        foot += "\n" + precision_sentence(study, table)
    print(head_lines(table, study.title, study.question), "", sep="\n")
    print(effect_table(table, theory.strengths), "", foot, f"Results folder: {folder}", sep="\n")


def check_outcomes(study: Study, known: Sequence[str]) -> None:
    """Refuse a study whose outcomes are not among those that a run has."""
    for number, name in enumerate(study.outcomes):
        if name not in known:
            allowed = f"one of {', '.join(known)}"
            raise BadInput(
                f"outcomes.{number}", name, allowed, where=study.name, nearest=nearest(name, known)
            )


def first_failure(folder: Path) -> str:
    """The first failed run: its error, and the command that replays it."""
    from experiments.store import load

    runs = load(folder, ("status", "error", "command"))
    row = runs[runs["status"] == "failed"].iloc[0]
    return f"First failed run: {row['error']}\n  {row['command']}"


def _as_json(study: Study, table: pd.DataFrame, failed: int, theory: Theory, folder: Path) -> dict[str, Any]:
    from analysis.effects import COLUMNS
    from analysis.tables import finite
    from analysis.theory import replications

    rows = [
        {name: finite(row[name]) for name in (*COLUMNS, "error", "war", "days", "days_before")}
        | {"strengths": list(theory.strengths.get(int(row["point"]), ()))}
        for row in table.to_dict("records")
    ]
    return {
        "study": study.name,
        "folder": str(folder),
        "seed": study.seed,
        "runs": replications(study, table),
        "failed": failed,
        "outcome": study.outcomes[0],
        "threshold": theory.threshold,
        "rows": rows,
    }


def _check_format(form: str) -> None:
    if form not in FORMATS:
        raise BadInput("--format", form, " or ".join(FORMATS), nearest=nearest(form, FORMATS))

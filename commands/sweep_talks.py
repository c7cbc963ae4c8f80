"""A sweep whose runs are courses of talks: what packages are worth first, then the courses, then the conclusions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.lasting import going_on
from commands.sweep import check_outcomes, first_failure
from commands.talks import simulating
from environment.errors import BadInput, RunFailed
from experiments.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from commands.sweep import Options
    from experiments.talks.setting import Setting


def run_talks(study: Study, given: Options) -> Path:
    """Run a study of the talks, store it, print its table or JSON; returns the results folder.

    Parameters
    ----------
    study
        Of kind ``talks``, with its seed.
    given
        The options of ``ceasefire sweep``.

    Errors
    ------
    BadInput
        For anything that cannot be used, before anything is written.
    """
    from experiments.design import build_design
    from experiments.sweep import default_folder, run_sweep
    from experiments.talks.engine import ENGINES
    from experiments.talks.setting import resolve_talks
    from experiments.warmup import warm

    _check(study, given)
    design = build_design(study, resolve_talks)  # type: ignore[arg-type]
    engine = given.engine or "compiled"
    warm("compiled")
    if engine == "mesa":
        warm("mesa")
    _simulate_worth([point.scenario for point in design.points])  # type: ignore[misc]
    folder = Path(given.out) if given.out else default_folder(study, given.resume)
    concluded: list[tuple[Study, pd.DataFrame, int]] = []
    with going_on(folder):
        run_sweep(
            study,
            folder,
            workers=given.workers,
            resume=given.resume,
            simulate=ENGINES[engine],
            resolve=resolve_talks,  # type: ignore[arg-type]
            cluster=given.cluster,
            finish=lambda folder: concluded.append(conclude_talks(folder)),
        )
    used, table, failed = concluded[0]
    _print(used, table, failed, folder, given.form)
    if failed:
        raise RunFailed(f"{failed} runs failed; the rest is complete in {folder}")
    return folder


def _check(study: Study, given: Options) -> None:
    from experiments.talks.measure import OUTCOMES

    if study.precision:
        raise BadInput(
            "--precision", study.precision, "nothing: a study of the talks has a fixed number of runs"
        )
    check_outcomes(study, OUTCOMES)
    if study.arms != ("full",):
        raise BadInput("arms", list(study.arms), 'arms = ["full"]: talks have no other', where=study.name)


def _simulate_worth(settings: Sequence[Setting]) -> None:
    """What packages are worth, point by point, with all cores; workers then read it from disk."""
    from experiments.talks.engine import prepare

    with simulating() as told:
        total = len(settings)
        for number, setting in enumerate(settings):
            prepare(setting, lambda done, of, number=number: told(number * of + done, total * of))  # type: ignore[misc]


def conclude_talks(folder: Path) -> tuple[Study, pd.DataFrame, int]:
    """Write talks.csv, effect.csv and the figures of a results folder from its stored courses.

    Returns
    -------
    tuple
        The study, its rows (`analysis.talks.talks_table`) and the number of failed runs.

    Errors
    ------
    RunFailed
        If every run failed; names the first.
    """
    from analysis.effects import OBSERVE_ONLY, effect_csv, effects
    from analysis.figures import Line
    from analysis.talks import talks_csv, talks_table
    from analysis.talks_figure import draw_talks
    from analysis.theory import replications
    from experiments.folder import place
    from experiments.store import load
    from experiments.study import load_study

    study = load_study(folder / "study.toml")
    runs = load(folder, None, categories=True)
    failed = int((runs["status"] == "failed").sum())
    if failed == len(runs):
        raise RunFailed(f"all {failed} runs failed, so there is nothing to compare. {first_failure(folder)}")
    treated = runs["arm"] != OBSERVE_ONLY
    if not (runs.loc[treated, "status"] == "done").any():
        raise RunFailed(f"every course with guarantees on the table failed. {first_failure(folder)}")
    effect = effects(runs, study.varied(), study.outcomes)
    place(folder, "effect.csv", effect_csv(effect).encode())
    table = talks_table(runs, study.varied())
    place(folder, "talks.csv", talks_csv(table).encode())
    caption = (
        f"{study.title}. {replications(study, effect)} courses a point, the same draws at every point; 95% intervals; "
        f"seed {study.seed}. A party accepts a package that it prefers to the war. The worth of packages is simulated "
        f"once a point ({_worth_runs(study)} runs a cease-fire); its own error is not in the intervals."
    )
    marks = [Line(mark.value, mark.label) for mark in study.figure.marks]
    for name, data in draw_talks(table, caption, study.figure.x_label, marks).items():
        place(folder, f"figures/{name}", data)
    return study, table, failed


def _worth_runs(study: Study) -> str:
    from environment.talks.parameters import schema

    if "worth.runs" in study.varied():
        return "a varied number of"
    return str(study.settings.get("worth.runs", schema()["worth.runs"].value))


def _print(study: Study, table: pd.DataFrame, failed: int, folder: Path, form: str) -> None:
    from analysis.talks import talks_lines

    if form == "json":
        from analysis.tables import finite

        rows: list[dict[str, Any]] = [
            {str(name): finite(value) for name, value in row.items()} for row in table.to_dict("records")
        ]
        head = {
            "study": study.name,
            "folder": str(folder),
            "seed": study.seed,
            "runs": study.runs,
            "failed": failed,
        }
        print(json.dumps(head | {"rows": rows}, indent=2))
        return
    if failed:
        print(first_failure(folder), "", sep="\n")
    print(study.title, study.question, "", talks_lines(table), "", sep="\n")
    print(f"Seed {study.seed}, {study.runs} courses a row.", f"Results folder: {folder}", sep="\n")

"""What a stored results folder says: the figures and tables of `analysis` on its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.effects import CONFIDENCE, effects
from analysis.figures import words
from analysis.incidence import Incidence, incidence
from analysis.theory import replications, second_tier, theory_of
from console.ensembles.own_files import shipped_design
from console.ensembles.stored import Stored
from console.ensembles.stored_replay import group_of, rows_of
from environment.errors import CeasefireError
from experiments.design import OBSERVE_ONLY
from experiments.identity import SHORT

if TYPE_CHECKING:
    import pandas as pd

    from analysis.theory import Theory

UNITS = (("_hours", "h"), ("_days", "days"), ("_km", "km"))
"""Endings of keys that say in which unit a value is."""
MOST_THEORY = 60
"""Design points up to which the closed forms are worked out again."""


@dataclass(frozen=True)
class Shown:
    """What is shown of a folder.

    Parameters
    ----------
    stored
        The folder.
    table
        Effect rows, or rows of the talks.
    figures
        Bytes by name, e.g. ``effect.svg``; a design with too many points has none.
    points
        Of design points: number and words.
    """

    stored: Stored
    table: pd.DataFrame
    figures: dict[str, bytes]
    points: list[tuple[int, str]] = field(default_factory=list)

    @property
    def talks(self) -> bool:
        """Whether the runs are courses of talks."""
        return self.stored.study.kind == "talks"


def shown(stored: Stored) -> Shown:
    """The figures and the table of a folder, from its stored rows.

    Raises
    ------
    CeasefireError
        If nothing in it can be compared.
    """
    if stored.failed == len(stored.runs):
        raise CeasefireError(f"{stored.name}: all {stored.failed} runs failed, so there is nothing to show")
    return _talks(stored) if stored.study.kind == "talks" else _effects(stored)


def _effects(stored: Stored) -> Shown:
    from analysis.figures import Line, draw
    from analysis.maps import draw_maps

    study = stored.study
    table = effects(stored.runs, study.varied(), study.outcomes)
    caption = (
        f"{study.title}: {study.question} Outcome: {study.outcomes[0]}; effect = 1 - framework / observe-only, "
        f"{replications(study, table)} paired replications a point, {CONFIDENCE:.0%} intervals, seed {study.seed}."
    )
    theory = _theory(stored)
    figures = draw(
        table,
        caption,
        x_label=study.figure.x_label,
        marks=[Line(mark.value, mark.label) for mark in study.figure.marks],
        threshold=theory.threshold if theory else None,
        strengths=second_tier(study, theory) if theory else (),
        points=True,
    )
    primary = table[table["outcome"] == study.outcomes[0]]
    names = [point_words(study.varied(), str(value).split(";")) for value in primary["value"]]
    return Shown(
        stored,
        table,
        figures | draw_maps(table, caption, points=True),
        list(zip(primary["point"].astype(int), names, strict=True)),
    )


def point_words(keys: Sequence[str], values: Sequence[str]) -> str:
    """A design point in words, each value under its name and with its unit, e.g. ``verification delay 6 h``."""
    return ", ".join(_value_words(key, value) for key, value in zip(keys, values, strict=True))


def _value_words(key: str, value: str) -> str:
    if key == "framework":
        return value
    for ending, unit in UNITS:
        if key.endswith(ending):
            return f"{words(key.removesuffix(ending))} {value} {unit}"
    return f"{words(key)} {value}"


def _theory(stored: Stored) -> Theory | None:
    """The closed forms, where reliability alone is varied and the scenarios are still the stored ones."""
    study = stored.study
    if study.varied() != ("reliability",) or len(study.rows()) > MOST_THEORY:
        return None
    try:
        points = shipped_design(study).points
        known = {str(name) for name in stored.runs["scenario"].unique()}
        if any(point.scenario.digest()[:SHORT] not in known for point in points):
            return None
        return theory_of(study, [point.scenario for point in points])
    except CeasefireError:
        return None


def _talks(stored: Stored) -> Shown:
    from analysis.figures import Line
    from analysis.talks import talks_table
    from analysis.talks_figure import draw_talks

    study = stored.study
    table = talks_table(stored.runs, study.varied())
    caption = (
        f"{study.title}. {study.runs} courses a point, the same draws at every point; {CONFIDENCE:.0%} intervals; "
        f"seed {study.seed}. A party accepts a package that it prefers to the war."
    )
    marks = [Line(mark.value, mark.label) for mark in study.figure.marks]
    return Shown(stored, table, draw_talks(table, caption, study.figure.x_label, marks))


def point_curves(seen: Shown, point: int) -> tuple[dict[str, dict[str, Incidence]], float]:
    """Cumulative incidence under the framework and under observe-only at a design point, and the horizon in days.

    The horizon is that of the scenario, or, where it can no longer be made, the longest survival.
    """
    stored = seen.stored
    arms = {arm: rows[rows["status"] == "done"] for arm, rows in rows_of(stored, point).items()}
    try:
        days = group_of(stored.study, point, "full").scenario.values["scenario.days"]
        horizon = float(days)
    except CeasefireError:
        horizon = max(float(rows["days_survived"].max()) for rows in arms.values() if len(rows))
    names = {"full": str(arms["full"]["framework"].iloc[0]), OBSERVE_ONLY: "observe-only"}
    return {
        names[arm]: incidence(rows["ending"].to_numpy(str), rows["days_survived"].to_numpy(float), horizon)
        for arm, rows in arms.items()
        if len(rows)
    }, horizon

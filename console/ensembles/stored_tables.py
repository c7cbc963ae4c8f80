"""The tables of a stored results folder, on the page and as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.effects import COLUMNS, Estimate, cell
from console.ensembles.numbers import number, spanned
from console.ensembles.stored_numbers import Shown
from console.parts import Written, csv_text

if TYPE_CHECKING:
    import pandas as pd

SPLIT = ("general", "immediate", "denial")
"""The parts of an effect, which add up to it."""


def points_table(seen: Shown) -> tuple[list[str], list[list[str]], list[str]]:
    """Heads, rows and ids of the table of design points, the primary outcome only."""
    study = seen.stored.study
    heads = [", ".join(study.varied()), "deterrence effect", "Monte-Carlo error"]
    heads += [*SPLIT, "added risk of direct war"]
    heads += ["days survived: framework / observe-only", "days gained", "pairs"]
    rows, ids = [], []
    for row in seen.table[seen.table["outcome"] == study.outcomes[0]].to_dict("records"):
        rows.append(
            [
                ", ".join(str(row["value"]).split(";")),
                _interval(row, "effect", "low", "high"),
                _number(row["error"]),
                *(_number(row[name]) for name in SPLIT),
                _interval(row, "direct_war_risk", "direct_war_low", "direct_war_high"),
                f"{_number(row['days'])} / {_number(row['days_before'])}",
                _interval(row, "days_gained", "days_low", "days_high"),
                str(int(row["runs"])),
            ]
        )
        ids.append(str(int(row["point"])))
    return heads, rows, ids


def effect_file(table: pd.DataFrame) -> str:
    """The text of effect.csv, digit for digit as it is stored, in which no text is a formula."""
    return csv_text(COLUMNS, ([_cell(row[name]) for name in COLUMNS] for row in table.to_dict("records")))


def _cell(value: object) -> object:
    return value if isinstance(value, str) else Written(cell(value))


def _interval(row: dict[object, float], value: str, low: str, high: str) -> str:
    return spanned(Estimate(row[value], row[low], row[high], 0.0))


def _number(value: float) -> str:
    return "–" if value != value else number(value)


def talks_rows(seen: Shown) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the table of a study of the talks."""
    columns = [str(name) for name in seen.table.columns if name != "parameter"]
    names = [name for name in columns if not name.endswith(("_low", "_high"))]
    rows = [
        [
            spanned_of(row, name) if f"{name}_low" in row else ", ".join(str(row[name]).split(";"))
            for name in names
        ]
        for row in seen.table.to_dict("records")
    ]
    varied = ", ".join(seen.stored.study.varied())
    return [varied if name == "value" else name.replace("_", " ") for name in names], rows


def spanned_of(row: dict[object, float], name: str) -> str:
    """A value of a row with the interval that stands beside it."""
    return _interval(row, name, f"{name}_low", f"{name}_high")

"""The printed table of a sweep: plain text, one row a design point, the primary outcome only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from tabulate import tabulate

from analysis.effects import CONFIDENCE


def effect_table(table: pd.DataFrame, tiers: Mapping[int, Sequence[float]] | None = None) -> str:
    """The effects of the primary outcome as text, with what they cost.

    Parameters
    ----------
    table
        Rows as `analysis.effects.effects` gives them.
    tiers
        Per design point the probabilities R_k that each tier's strength arrives in time.
    """
    primary = table[table["outcome"] == table["outcome"].iloc[0]].to_dict("records")
    ranks = max((len(tiers.get(int(row["point"]), ())) for row in primary), default=0) if tiers else 0
    varied = [short(key) for key in str(primary[0]["parameter"]).split(";")]
    span = f"[{CONFIDENCE:.0%} interval]"
    heads = [*varied, *(f"R{k}" for k in range(1, ranks + 1)), f"effect\n{span}", "MC\nerror", "general"]
    heads += ["imme-\ndiate", "denial", f"added war risk\n{span}", "direct\nwar", "days\nheld", "pairs"]
    body = [_row(row, (tiers or {}).get(int(row["point"]), ()), ranks) for row in primary]
    return tabulate(body, heads, disable_numparse=True, stralign="right", tablefmt="simple")


def head_lines(table: pd.DataFrame, title: str, question: str) -> str:
    """What is asked and how to read the columns."""
    outcome = table["outcome"].iloc[0]
    return "\n".join(
        [
            title,
            question,
            f"Primary outcome: {outcome}. Effect = 1 - mean under the framework / mean under observe-only,",
            "on the same draws; general + immediate + denial = effect. MC error: standard error of the effect.",
            "R1, R2 ...: probability that a tier's required strength arrives in the time allowed once it is called.",
            "Days held: mean days to the ending within the horizon (framework / observe-only).",
        ]
    )


def foot_lines(seed: int, planned: int, failed: int, closed_form: str = "") -> str:
    """Seed, runs and the closed form in a few lines.

    Parameters
    ----------
    planned, failed
        Paired replications per design point; failed runs in all.
    closed_form
        What the closed form says, in a sentence; empty where the study does not vary reliability alone.
    """
    lines = [f"Seed {seed}, {planned} paired replications per row."]
    if failed:
        lines.append(f"{failed} runs failed; their rows hold the command that replays each.")
    if closed_form:
        lines.append(closed_form)
    return "\n".join(lines)


def _row(row: Mapping[Any, Any], tiers: Sequence[float], ranks: int) -> list[str]:
    strengths = [_number(tiers[k], 2) if k < len(tiers) else "" for k in range(ranks)]
    return [
        *str(row["value"]).split(";"),
        *strengths,
        _interval(row["effect"], row["low"], row["high"]),
        _number(row["error"]),
        _number(row["general"]),
        _number(row["immediate"]),
        _number(row["denial"]),
        _interval(row["direct_war_risk"], row["direct_war_low"], row["direct_war_high"]),
        _number(row["war"]),
        f"{_number(row['days'], 0)} / {_number(row['days_before'], 0)}",
        str(int(row["runs"])),
    ]


def short(key: str) -> str:
    """The last two parts of a dotted key, one above the other."""
    return "\n".join(key.replace("_", " ").split(".")[-2:])


def _number(value: float, digits: int = 3) -> str:
    """A rounded number; what rounds to zero has no sign."""
    return "-" if math.isnan(value) else f"{round(value, digits) + 0.0:.{digits}f}"


def _interval(value: float, low: float, high: float) -> str:
    span = "" if math.isnan(low) else f" [{_number(low)}, {_number(high)}]"
    return _number(value) + span


def finite(value: Any) -> Any:
    """A value as JSON can hold it: null for what is not a number."""
    return None if isinstance(value, float) and not math.isfinite(value) else value

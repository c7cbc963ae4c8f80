"""What came of a run that has ended: the outcomes that the command prints, and violations of both sides by level."""

from __future__ import annotations

from typing import Any

from analysis.told import OUTCOME_WORDS, cell
from console.watch.run import Watched
from environment.parameters import level_names


def outcome_rows(watched: Watched) -> list[dict[str, Any]]:
    """Name, value and unit of each outcome of a run that has ended."""
    found = watched.model.outcomes()
    rows = [
        {"name": told.name.strip(), "value": cell(found[told.key]), "unit": told.unit}
        for told in OUTCOME_WORDS
    ]
    for level, name in enumerate(level_names(), 1):
        for side, key in (("Russia", f"violations_{level}"), ("Ukraine", f"violations_{level}_ukraine")):
            rows.append({"name": f"{side}: {name.replace('_', ' ')}", "value": cell(found[key]), "unit": ""})
    return rows

"""What came of a run that has ended: the outcomes that the command prints, and violations of both sides by level."""

from __future__ import annotations

from typing import Any

from commands.run import TOLD
from console.watch.run import Watched
from environment.parameters import level_names


def outcome_rows(watched: Watched) -> list[dict[str, Any]]:
    """Name, value and unit of each outcome of a run that has ended."""
    found = watched.model.outcomes()
    rows = [{"name": name.strip(), "value": _shown(found[key]), "unit": unit} for key, name, unit in TOLD]
    for level, name in enumerate(level_names(), 1):
        for side, key in (("Russia", f"violations_{level}"), ("Ukraine", f"violations_{level}_ukraine")):
            rows.append(
                {"name": f"{side}: {name.replace('_', ' ')}", "value": _shown(found[key]), "unit": ""}
            )
    return rows


def _shown(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value).replace("_", " ")

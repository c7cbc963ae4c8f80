"""From a stored row to the choice that replays it, held against what is stored before it is shown."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from console.choice import Choice
from console.ensembles.own_files import NamesAFile, full_command, shipped_design
from console.ensembles.stored import Stored
from environment.errors import CeasefireError
from experiments.design import OBSERVE_ONLY, Group, replay
from experiments.identity import SEMANTICS, SHORT
from experiments.study import Study, parse_study

if TYPE_CHECKING:
    from collections.abc import Mapping

SAME = ("ending", "days_survived", "violence")
"""Outcomes in which a replay has to be the stored run, to the last bit."""


@dataclass(frozen=True)
class Replay:
    """How a stored run is replayed.

    Parameters
    ----------
    choice
        For the tab that watches; None where the page cannot show it.
    words
        Why not; empty where it can.
    command
        What replays it on the command line.
    """

    choice: Choice | None
    words: str
    command: str


def rows_of(stored: Stored, point: int) -> dict[str, pd.DataFrame]:
    """The rows of a design point by arm, in order of replication: those of the full arm and of its observe-only."""
    runs = stored.runs
    full = runs[(runs["point"] == point) & (runs["arm"] == "full")]
    baseline = full["baseline"].iloc[0] if len(full) else -1
    control = runs[(runs["arm"] == OBSERVE_ONLY) & (runs["baseline"] == baseline)]
    return {"full": full.sort_values("replication"), OBSERVE_ONLY: control.sort_values("replication")}


def group_of(study: Study, point: int, arm: str) -> Group:
    """The group of runs of one arm of one design point, resolved with today's rules and data; no file is opened."""
    if not 0 <= point < len(study.rows()):
        raise CeasefireError(f"The study has no design point {point}.")
    raw = study.model_dump(exclude_none=True, mode="json")
    alone = parse_study(raw | {"parameters": {}, "points": [study.rows()[point]]}, "the stored study")
    return next(group for group in shipped_design(alone).groups if group.arm == arm)


def replay_of(stored: Stored, point: int, arm: str, row: Mapping[Any, Any]) -> Replay:
    """How one stored run is replayed on the page, if it can be.

    Parameters
    ----------
    stored
        The folder.
    point, arm
        Its design point, and ``full`` or ``observe-only``.
    row
        The stored row.
    """
    study, replication = stored.study, int(row["replication"])
    seed = int(row["seed"])
    try:
        group = group_of(study, point, arm)
    except NamesAFile as error:
        if arm != "full":
            return Replay(None, f"{error} Its comparison arm is made from that file.", _sweep(stored))
        return Replay(None, f"{error} It replays by:", full_command(study, point, seed, replication))
    except CeasefireError as error:
        return Replay(None, f"The setting of this run can no longer be made: {error}", "")
    command = f"{replay(study, group, seed)} --replication {replication}"
    if group.scenario.digest()[:SHORT] != row["scenario"] or stored.provenance.get("semantics") != SEMANTICS:
        words = "The model has changed since this folder was written, so that a replay would be another run. "
        return Replay(None, words + "The command, with the version that wrote it:", command)
    choice = Choice(
        group.framework, "", study.scenario, dict(group.settings), study.days, seed, replication
    )  # fmt: skip
    return _checked(choice, row, command)


def _sweep(stored: Stored) -> str:
    """The command that runs the whole study again."""
    place = f"results/{stored.name}"
    return shlex.join(["ceasefire", "sweep", f"{place}/study.toml", "--out", f"{place}-again"])


def _checked(choice: Choice, row: Mapping[Any, Any], command: str) -> Replay:
    """The replay, held against the stored row: the scenario by its digest, the run by its outcomes."""
    from experiments.twin.engine import simulate_many

    try:
        if choice.resolved.digest()[:SHORT] != row["scenario"]:
            return Replay(None, "No choice on this page is the setting of this run. It replays by:", command)
        if row["status"] == "done":
            k = choice.replication
            found = simulate_many(choice.resolved, choice.seed, range(k, k + 1))
            if any(found[name][0] != row[name] for name in SAME if name in row):
                words = "The rules or libraries have changed since: the replay ends otherwise than the stored run. "
                return Replay(None, words + "The command, with the version that wrote it:", command)
    except CeasefireError as error:
        return Replay(None, f"This run cannot be shown on the page: {error}", command)
    return Replay(choice, "", command)

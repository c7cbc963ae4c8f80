"""Results folders as the page opens them: chosen by name from a list, read through their ledger, nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.place import results
from environment.errors import BadInput, CeasefireError
from experiments.folder import ROOMS, RUNS, is_ours, said_of
from experiments.ledger import LEDGER, flaw, read_ledger
from experiments.plan import PROVENANCE, STUDY_FILE
from experiments.store import load
from experiments.study import Study, load_study

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 2_000_000
MOST_FOLDERS = 500
MOST_POINTS = 2_000
"""Design points that are listed on a page."""
FIXED = (
    "framework", "scenario", "arm", "point", "baseline", "replication", "seed", "status", "error", "command",
    "ending", "days_survived", "violence",
)  # fmt: skip


@dataclass(frozen=True)
class Stored:
    """A results folder that was opened.

    Parameters
    ----------
    name
        As it stands in the list.
    study
        Its study.
    provenance
        What it says of its origin.
    runs
        Its stored rows, with the columns that are shown (all of them, for talks).
    """

    name: str
    study: Study
    provenance: dict[str, Any]
    runs: pd.DataFrame

    @property
    def failed(self) -> int:
        """Number of failed runs."""
        return int((self.runs["status"] == "failed").sum())


def listed() -> list[str]:
    """Names of the results folders that may be opened, in alphabetical order."""
    root = results()
    try:
        children = sorted(root.iterdir(), key=lambda path: path.name)
    except OSError:
        return []
    return [path.name for path in children if _is_inside(path, root) and _ours(path)][:MOST_FOLDERS]


def _is_inside(path: Path, root: Path) -> bool:
    """Whether a child is a folder of its own, and no link."""
    return not path.is_symlink() and path.is_dir() and path.resolve().parent == root


def _ours(path: Path) -> bool:
    try:
        return is_ours(path)
    except (OSError, CeasefireError):
        return False


def open_folder(name: str) -> Stored:
    """Open a results folder of the list.

    Parameters
    ----------
    name
        A name of `listed`; nothing else is looked at.

    Raises
    ------
    BadInput
        For a name that is not in the list, a folder with links inside, and one that is too large.
    CeasefireError
        For a folder that is not what its ledger says.
    """
    if name not in listed():
        raise BadInput("results folder", name, "one of the list")
    folder = results() / name
    _refuse_links(folder)
    entries = read_ledger(folder)
    rows = sum(entry["rows"] for file, entry in entries.items() if file.startswith(RUNS + "/"))
    if rows > MOST_ROWS:
        raise BadInput(
            "results folder", f"{rows:,} runs", f"at most {MOST_ROWS:,} on the page; `ceasefire` has no limit"
        )
    for file in (STUDY_FILE, PROVENANCE):
        wrong = flaw(folder, entries[file]) if file in entries else "is not in the ledger"
        if wrong:
            raise CeasefireError(f"{name}: {file} {wrong}")
    study = load_study(folder / STUDY_FILE)
    if len(study.rows()) > MOST_POINTS:
        raise BadInput("results folder", f"{len(study.rows()):,} design points", f"at most {MOST_POINTS:,}")
    wanted = tuple(dict.fromkeys((*FIXED, *study.varied(), *study.outcomes)))
    runs = load(folder, None if study.kind == "talks" else wanted, categories=True)
    return Stored(name, study, said_of(folder) or {}, runs)


def _refuse_links(folder: Path) -> None:
    """Refuse a folder in which what is read is a link: it could lead anywhere."""
    read = [folder / name for name in (*ROOMS, LEDGER, STUDY_FILE, PROVENANCE)]
    read += (folder / RUNS).iterdir() if (folder / RUNS).is_dir() else []
    for path in read:
        if path.is_symlink():
            raise BadInput("results folder", folder.name, f"a folder without links ({path.name} is a link)")

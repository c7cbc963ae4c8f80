"""What long sweeps need besides: when they may stop, what to do after an interruption, which columns count."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from environment.errors import BadInput, FolderInUse, RunFailed
from experiments.study import Study

if TYPE_CHECKING:
    import pandas as pd

LEAST_PAIRS = 200  # before the width of an interval is believed


def needed(study: Study) -> tuple[str, ...]:
    """Columns of the runs that effects are computed from."""
    fixed = ("framework", "arm", "point", "baseline", "replication", "status", "ending", "days_survived")
    return tuple(dict.fromkeys((*fixed, *study.varied(), *study.outcomes)))


class NarrowEnough:
    """Whether the interval of every primary effect is as narrow as the study's precision asks for."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self.columns: Sequence[str] = needed(study)

    def __call__(self, runs: pd.DataFrame) -> bool:
        """Look at the runs so far; where all of them failed, more would not help."""
        from analysis.effects import effects

        if (runs["status"] == "failed").all():
            return True

        table = effects(runs, self._study.varied(), self._study.outcomes[:1])
        width = table["high"] - table["low"]  # nan, where nothing can be said, is not narrow
        return bool((table["runs"] >= LEAST_PAIRS).all() and (width <= self._study.precision).all())


def precision_sentence(study: Study, table: pd.DataFrame) -> str:
    """What a reader of a table that stopped by precision must know."""
    first = table[table["outcome"] == study.outcomes[0]]
    widest = float((first["high"] - first["low"]).max())
    reached = (
        "reached" if widest <= (study.precision or 0) else f"not reached at the limit of {study.runs} pairs"
    )
    return (
        f"Stopped by the width of the intervals ({study.precision:g} in full, {reached}; widest {widest:.3g}), "
        f"looked at after every doubling from {LEAST_PAIRS} pairs on: a sequential rule, so intervals hold the truth "
        "slightly less often than they say."
    )


@contextmanager
def going_on(folder: Path) -> Iterator[None]:
    """Say, where a sweep is cut short, what is kept and which command goes on with it.

    Errors
    ------
    KeyboardInterrupt, OSError, RunFailed
        As they come, with that sentence.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_go_on(folder)) from None
    except (BadInput, FolderInUse):
        raise
    except OSError as error:
        if not (folder / "ledger").is_file():
            raise
        what = f"{error.strerror or error}: {error.filename or folder}"
        raise RunFailed(f"{what}. {_go_on(folder)}") from None
    except RunFailed as error:
        raise RunFailed(f"{error}. {_go_on(folder)}") from None


def _go_on(folder: Path) -> str:
    if not (folder / "ledger").is_file():
        return "Nothing was stored yet"
    words = [word for word in sys.argv[1:] if word != "--resume"]
    if not any(word == "--out" or word.startswith("--out=") for word in words):
        words += ["--out", str(folder)]
    return (
        f"What was finished is kept in {folder}; go on with: {shlex.join(['ceasefire', *words, '--resume'])}"
    )

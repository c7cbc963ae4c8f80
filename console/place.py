"""Where the console finds the results folders."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "CEASEFIRE_RESULTS"
"""Environment variable that names the folder where no one has set it."""

_chosen: list[Path] = []


def results() -> Path:
    """The folder that holds the results folders; it need not exist.

    Returns
    -------
    Path
        What the server set, else what the environment variable names, else `results` under the current folder.
    """
    return _chosen[0] if _chosen else Path(os.environ.get(VARIABLE) or "results").resolve()


def set_results(folder: Path) -> None:
    """Set the folder that holds the results folders, before the page is served.

    Parameters
    ----------
    folder
        The folder; a relative one is taken from the current folder, once.
    """
    _chosen[:] = [folder.resolve()]

"""What ``ceasefire app`` does: the console in the browser."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from environment.errors import CeasefireError

NEEDED = ("solara", "solara.server", "ipyvuetify", "starlette", "uvicorn", "websockets")
HOW = (
    "the console needs the extra `app`: python3 -m uv run --extra app ceasefire app"
    "  (or, in an environment of your own: python3 -m pip install '.[app]')"
)


class NotInstalled(CeasefireError):
    """What the console needs is not installed."""

    exit_code = 2


def app_command(
    host: str,
    port: int | None,
    results: str,
    show: bool | None,
    names: tuple[str, ...],
    sessions: int,
    keep: float,
) -> None:
    """Serve the console until Ctrl-C.

    Parameters
    ----------
    host, port
        Where to listen.
    results
        Folder that holds the results folders.
    show
        Whether to open a browser; where None, if there is a display.
    names
        Further names under which the page may be asked for.
    sessions
        How many may live at once.
    keep
        Seconds that a session is kept after its tab is gone without a word.

    Raises
    ------
    NotInstalled
        If the extra is missing.
    CannotListen
        If the address is taken.
    """
    _check_installed()
    from console.server import listening
    from console.server import serve as server
    from experiments.warmup import warm

    warm("mesa")  # else the first visitor waits for the compiler without a word
    terms = server.terms_for(host, names, sessions)
    show = server.has_display() if show is None else show
    with listening.bound(host, port) as listener:
        _check_files()
        ready = server.open_browser if show else None
        server.serve(listener, host, terms, results=Path(results), keep=keep, ready=ready)


def _check_installed() -> None:
    for name in NEEDED:
        try:
            found = importlib.util.find_spec(name)
        except ModuleNotFoundError:
            found = None
        if found is None:
            raise NotInstalled(f"{HOW}. Missing: {name}")


def _check_files() -> None:
    """The page's own files: without them it would stay blank, since nothing is downloaded."""
    from console.server.paths import cdn_folder, extension_folders

    if not extension_folders() or not (cdn_folder() / "@widgetti").is_dir():
        raise NotInstalled(f"{HOW}. Missing: the files of solara-assets in {cdn_folder()}")

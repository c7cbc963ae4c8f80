"""What may be asked for: the page, its socket, its farewell, and the files that were installed with it."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

KERNEL = re.compile(r"/jupyter/api/kernels/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/channels")
CLOSE = re.compile(r"/_solara/api/close/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
PAGE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
SAFE = re.compile(r"/[A-Za-z0-9@._+/-]*")
"""Letters that names of installed files have; an encoded path is held against them after it was decoded."""
READING = ("GET", "HEAD")
VERSIONED = "/_solara/cdn"
EXTENSIONS = "/jupyter/nbextensions"
FILES_KEPT = "private, max-age=604800, immutable"
"""Cache-Control of files whose path names their version."""
FILES_ASKED = "no-cache"
"""Cache-Control of other files: kept, and asked for each time whether they have changed."""

type App = Callable[[Any, Any, Any], Awaitable[None]]


def extension_folders() -> list[Path]:
    """Where the widgets' own files were installed; never the folders of a user or of the system."""
    import site

    places = [Path(sysconfig.get_path("data")), Path(site.getuserbase())]
    folders = [place / "share" / "jupyter" / "nbextensions" for place in places]
    return [folder for folder in folders if (folder / "jupyter-vue" / "nodeps.js").is_file()][:1]


def cdn_folder() -> Path:
    """Where the page's own files were installed."""
    from solara.server import settings

    return Path(settings.assets.proxy_cache_dir)


def trees() -> dict[str, App]:
    """What serves the files under each prefix, the longest prefix first.

    Solara itself would look for ``public`` and ``assets`` beside the folder of `app.py`, that is outside the
    checkout, would serve whatever notebook extensions a user has, and would download from a CDN what it lacks.
    """
    import mimetypes

    from solara.server import server
    from starlette.staticfiles import StaticFiles

    for name, kind in ((".js", "text/javascript"), (".css", "text/css"), (".woff2", "font/woff2")):
        mimetypes.add_type(kind, name)  # some systems say otherwise, and `nosniff` would then stop the page
    static = Path(server.solara_static)
    extensions = extension_folders()
    folders = {
        "/static/assets": static.parent / "assets",
        "/static": static,
        VERSIONED: cdn_folder(),
        **({EXTENSIONS: extensions[0]} if extensions else {}),
    }
    # The folders are the environment's own, so links in them (some installers make them) are followed.
    return {
        prefix: StaticFiles(directory=folder, follow_symlink=True, check_dir=False)
        for prefix, folder in folders.items()
    }


def tree_of(path: str, prefixes: dict[str, App]) -> str | None:
    """The prefix under which a path asks for a file, or None if it does not, or not plainly."""
    if not SAFE.fullmatch(path) or any(part in ("", ".", "..") for part in path.split("/")[1:]):
        return None
    return next((prefix for prefix in prefixes if path.startswith(prefix + "/")), None)

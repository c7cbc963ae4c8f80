"""Solara made quiet and safe: its settings, and the gate put in front of it."""

from __future__ import annotations

import os
import warnings
from typing import Any

from console.server.admission import Terms, is_loopback
from console.server.gate import Gate

TITLE = "Ceasefire"
KEEP_SECONDS = 60.0
"""How long a session whose tab is gone without a word is kept for its return."""


def settle(keep: float = KEEP_SECONDS) -> None:
    """Set what Solara would take from the environment or from its defaults.

    Parameters
    ----------
    keep
        Seconds that a session is kept after its socket broke.
    """
    import solara.settings
    from solara.server import reload, settings

    settings.telemetry.mixpanel_enable = False  # else it reports to its maker and asks a site for our address
    settings.main.mode = "production"  # else the page embeds a frame of its maker's site
    settings.main.root_path = ""  # else the first request decides
    settings.main.base_url = "/"
    settings.main.tracer = settings.main.timing = settings.main.use_pdb = False
    settings.theme.title = TITLE
    settings.theme.loader = "plain"  # no maker's sign while it loads
    settings.theme.show_banner = False
    settings.theme.variant = settings.ThemeVariant.auto
    settings.session.http_only = True
    settings.kernel.cull_timeout = f"{keep:g}s"
    settings.ssg.enabled = settings.search.enabled = False
    settings.assets.extra_locations = []
    settings.assets.fontawesome_enabled = False  # nothing of ours draws with it
    settings.state.backend = ""
    solara.settings.assets.proxy = True  # the page's addresses point here; the gate serves the files
    reload.reloader.watcher.close()
    reload.reloader.watcher = reload.WatcherDummy([], reload.reloader._on_change)
    # The gate writes the cookie; Solara's thoughts about it would only fill the log.
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")


def install(terms: Terms | None = None, keep: float = KEEP_SECONDS) -> Gate:
    """Put the gate in front of Solara's application; once, however often it is called.

    Solara builds its stack of middleware when its lifespan begins, and loads `app.py` during it: a middleware
    that is added then comes too late. The stack is an attribute that every request looks up, so it is wrapped;
    requests are accepted only after the lifespan has begun, so there is no moment without the gate.

    Parameters
    ----------
    terms
        Who is let in; by default what `solara run` says of where it listens.
    keep
        Seconds that a session is kept after its socket broke.
    """
    from solara.server import starlette

    application: Any = starlette.app
    if isinstance(application.middleware_stack, Gate):
        return application.middleware_stack
    settle(keep)
    inner = application.middleware_stack or application.build_middleware_stack()
    gate = Gate(inner, terms or terms_of_solara_run())
    application.middleware_stack = gate
    return gate


def terms_of_solara_run() -> Terms:
    """Terms for a server that was not started by us: a token wherever it is open to other machines."""
    host, port = os.environ.get("SERVER_NAME", "localhost"), os.environ.get("SERVER_PORT", "")
    if is_loopback(host):
        return Terms()
    from console.server.serve import invite, new_token

    terms = Terms(token=new_token())
    invite(host, int(port or 0), terms)
    return terms

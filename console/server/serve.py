"""The console's server: bound to this machine, or to others with a token."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from console import place
from console.server.admission import Terms, bracketed, is_loopback
from environment.errors import BadInput
from environment.kernel import ROOT

CONNECTIONS = 512
"""Connections at once, besides one for each session; a page asks for its files on six."""
GRACE_SECONDS = 1
APPLICATION = ROOT / "app.py"


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(32)


def serve(
    listener: socket.socket,
    host: str,
    terms: Terms,
    *,
    results: Path,
    keep: float,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the console until it is interrupted.

    Parameters
    ----------
    listener
        From `bound`.
    host
        As the user gave it.
    terms
        Who is let in.
    results
        Folder that holds the results folders.
    keep
        Seconds that a session is kept after its socket broke.
    ready
        Called with the page's address once it is listened on.
    """
    place.set_results(results)
    os.environ["SOLARA_APP"] = str(APPLICATION)
    import uvicorn
    from solara.server.starlette import app

    from console.server.settle import install

    install(terms, keep)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="websockets-sansio",
        ws_max_size=1 << 20,
        ws_per_message_deflate=False,
        limit_concurrency=CONNECTIONS + terms.sessions,
        timeout_graceful_shutdown=GRACE_SECONDS,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        lifespan="on",
    )

    class Server(uvicorn.Server):  # type: ignore[misc]
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                address = invite(host, listener.getsockname()[1], terms)
                if ready:
                    ready(address)

    Server(config).run(sockets=[listener])


def invite(host: str, port: int, terms: Terms) -> str:
    """Print the page's address, and what an open door means; the address.

    Parameters
    ----------
    host, port
        Where it listens.
    terms
        With the token, if there is one.
    """
    everywhere = host.strip("[]") in ("0.0.0.0", "::", "")
    shown = bracketed("127.0.0.1" if everywhere else host)
    address = f"http://{shown}:{port}/"
    if terms.token:
        address += f"?token={terms.token}"
        print(_warning(port, everywhere), file=sys.stderr)
    print(address, flush=True)
    return address


def _warning(port: int, everywhere: bool) -> str:
    there = (
        f" From another machine, put this machine's address in place of 127.0.0.1 (port {port})." * everywhere
    )
    return (
        "warning: other machines can reach this page. Whoever knows the address with its token can run models here "
        "and read the results folders. It is not encrypted: whoever sees the network's traffic sees the token."
        + there
    )


def open_browser(address: str) -> None:
    """Open the page in the user's browser, without waiting for it."""
    import webbrowser

    def show() -> None:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(address)

    threading.Thread(target=show, daemon=True).start()


def has_display() -> bool:
    """Whether a browser could be shown here."""
    return sys.platform in ("darwin", "win32") or any(
        os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY")
    )


def allowed_names(names: Sequence[str]) -> frozenset[str]:
    """Names for the header Host, as users gave them, checked.

    Raises
    ------
    BadInput
        If one is no name and no NAME:PORT.
    """
    import re

    for name in names:
        if not re.fullmatch(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?", name):
            raise BadInput(
                "--allow-host", name, "a name or an address, with or without :PORT; no * and no http://"
            )
    return frozenset(name.lower() for name in names)


def terms_for(host: str, names: Sequence[str], sessions: int) -> Terms:
    """Who is let in by a server that listens on a host: a token wherever others can reach it.

    Parameters
    ----------
    host
        Where it listens.
    names
        From ``--allow-host``.
    sessions
        How many may live at once.
    """
    token = "" if is_loopback(host) else new_token()
    return Terms(names=allowed_names(names), token=token, sessions=sessions, tabs=min(8, sessions))

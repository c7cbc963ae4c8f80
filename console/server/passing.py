"""What is passed on to Solara, and how it is kept to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from console.server.answers import host_of
from console.server.paths import App

SOLARA_COOKIE = "solara-session-id"
PASSED_ON = {b"user-agent", b"accept-language", b"sec-websocket-protocol"}
"""Headers that Solara sees. It believes others: one visitor's Script-Name would move the page for all."""
MESSAGE_BYTES = 1 << 20
"""Largest message on a socket; the largest the page sends is a framework's text."""
TOO_BIG = 1009


def inward(scope: Any, browser: str, query_string: str = "") -> Any:
    """What Solara is told of a request: what was checked, and nothing that it would believe unchecked."""
    headers = [(name, value) for name, value in scope["headers"] if name in PASSED_ON]
    headers += [(b"host", host_of(scope).encode()), (b"cookie", f"{SOLARA_COOKIE}={browser}".encode())]
    scheme = "ws" if scope["type"] == "websocket" else "http"
    return {
        **scope,
        "scheme": scheme,
        "root_path": "",
        "headers": headers,
        "query_string": query_string.encode("ascii"),
    }


def innermost(error: BaseException) -> str:
    """In words, what went wrong at the bottom of a group of errors."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


def limited(receive: Any, send: Any) -> Any:
    """Receives from a socket, and closes it at a message that is too large."""

    async def within() -> Any:
        message = await receive()
        size = max(len(message.get("text") or ""), len(message.get("bytes") or b""))
        if size > MESSAGE_BYTES:
            await send({"type": "websocket.close", "code": TOO_BIG})
            return {"type": "websocket.disconnect", "code": TOO_BIG}
        return message

    return within


def keep_inside() -> None:
    """Let Solara look for templates and assets among its own, not beside the folder of `app.py`.

    It takes them from the *parent* of that folder, which may be a place where others can write.
    """
    from solara.server import app, server

    for each in app.apps.values():
        each.directory = Path(server.solara_static)


async def collected(app: App, scope: Any, receive: Any) -> tuple[int, str]:
    """Status and text of what an application answers.

    Parameters
    ----------
    app
        The application.
    scope, receive
        Of the request.
    """
    status, parts = 0, list[bytes]()

    async def collect(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, collect)
    return status, b"".join(parts).decode()

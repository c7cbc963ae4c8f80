"""Answers of the gate's own: a few words, with the headers that every answer has."""

from __future__ import annotations

from typing import Any

from console.server.admission import Refusal, header
from console.server.headers import guarded

TEXT = (b"content-type", b"text/plain; charset=utf-8")
MISDIRECTED = 421


def host_of(scope: Any) -> str:
    """The Host of a request, where there is just one."""
    given = header(scope, b"host")
    return given[0].lower() if len(given) == 1 else "invalid"


async def say(send: Any, scope: Any, refusal: Refusal, more: Any = ()) -> None:
    """Answer in words."""
    body = (refusal.words + "\n").encode() if refusal.words else b""
    headers = [TEXT, (b"content-length", b"%d" % len(body))]
    # A Host that was refused is not repeated in the answer.
    host = host_of(scope) if refusal.status != MISDIRECTED else "invalid"
    start = {"type": "http.response.start", "status": refusal.status}
    await send({**start, "headers": [*guarded(headers, host), *more]})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def deny(receive: Any, send: Any, scope: Any, refusal: Refusal) -> None:
    """Refuse a socket before it is accepted, in words where the server can."""
    await receive()
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    body = (refusal.words + "\n").encode()
    headers = [TEXT, (b"content-length", b"%d" % len(body))]
    headers = guarded(headers, "invalid")
    status = {"type": "websocket.http.response.start", "status": refusal.status, "headers": headers}
    await send(status)
    await send({"type": "websocket.http.response.body", "body": body})

"""Who may come in: decided from the head of a request alone, before anything of Solara runs."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

type Scope = Mapping[str, Any]

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
HTTP_PORT = 80
"""Browsers leave this port out of Host and Origin."""
OWN_SITES = {"same-origin", "none"}
"""Values of Sec-Fetch-Site for what the page itself asks, and for an address that was typed."""


@dataclass(frozen=True)
class Refusal:
    """An answer in words, given instead of what was asked for."""

    status: int
    words: str


@dataclass(frozen=True)
class Terms:
    """On what terms requests are let in.

    Parameters
    ----------
    names
        Names, or NAME:PORT, under which the page may be asked for besides the address that it listens on.
    token
        What has to be known to come in; empty where only this machine can connect.
    sessions
        How many sessions may live at once.
    tabs
        How many of them may be of one browser.
    """

    names: frozenset[str] = frozenset()
    token: str = ""
    sessions: int = 32
    tabs: int = 8


def header(scope: Scope, name: bytes) -> list[str]:
    """All values of a header, in order."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def cookies(scope: Scope) -> dict[str, list[str]]:
    """All values by name of cookie, in order; a name may come twice, from two paths."""
    found: dict[str, list[str]] = {}
    for line in header(scope, b"cookie"):
        for pair in line.split(";"):
            name, _, value = pair.strip().partition("=")
            found.setdefault(name, []).append(value)
    return found


def query(scope: Scope, name: str) -> str:
    """The one value of a query parameter; empty where it is missing or comes twice."""
    try:
        found = parse_qs(scope.get("query_string", b"").decode("ascii"), max_num_fields=16).get(name, [])
    except ValueError:
        return ""
    return found[0] if len(found) == 1 else ""


def is_loopback(host: str) -> bool:
    """Whether an address or a name can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def bracketed(host: str) -> str:
    """An address as it stands in a URL."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def hosts(scope: Scope, terms: Terms) -> set[str]:
    """The values that the header Host may have on this connection.

    A literal address cannot be rebound by a name server, so the address that the connection arrived at is
    one of them whatever the server is bound to.
    """
    address, port = scope["server"]
    names = {bracketed(address), *(LOOPBACK_NAMES if is_loopback(address) else ())}
    found = {f"{name}:{port}" for name in names}
    found |= {name if _has_port(name) else f"{name}:{port}" for name in terms.names}
    return found | {name.removesuffix(f":{port}") for name in found if port == HTTP_PORT}


def _has_port(name: str) -> bool:
    return name.rpartition(":")[2].isdigit() and not name.endswith("]")


def refused(scope: Scope, terms: Terms) -> Refusal | None:
    """Why a request is not let in by where it comes from, or None if it is.

    Parameters
    ----------
    scope
        Of ASGI, ``http`` or ``websocket``.
    terms
        On what terms.
    """
    server = scope.get("server")
    if not server or server[1] is None:
        return Refusal(403, "This server is reached by an address and a port only.")
    if not terms.token and not is_loopback(server[0]):
        return Refusal(403, "This server answers this machine only. Start it by `ceasefire app --host`.")
    given = header(scope, b"host")
    if len(given) != 1 or given[0].lower() not in hosts(scope, terms):
        return Refusal(421, "This is not the address of this server.")
    return _foreign(scope, given[0].lower())


def _foreign(scope: Scope, host: str) -> Refusal | None:
    origins, sites = header(scope, b"origin"), header(scope, b"sec-fetch-site")
    must = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
    if len(origins) > 1 or (must and not origins) or (origins and origins[0] != f"http://{host}"):
        return Refusal(403, "Another site may not use this page.")
    if len(sites) > 1 or (sites and sites[0] not in OWN_SITES):
        return Refusal(403, "Another site led here. Type the address of this page into the address bar.")
    return None


def knows(token: str, given: list[str]) -> bool:
    """Whether one of the values given is the token; takes as long for a wrong one as for the right one."""
    known = [hmac.compare_digest(token.encode(), each.encode("latin-1", "replace")) for each in given]
    return any(known)

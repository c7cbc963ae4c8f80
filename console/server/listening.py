"""The socket that the console's server listens on."""

from __future__ import annotations

import errno
import socket
import sys

from console.server.admission import bracketed
from environment.errors import CeasefireError

USUAL_PORT, PORTS = 8765, 20
BACKLOG = 128


class CannotListen(CeasefireError):
    """The address cannot be listened on."""


def bound(host: str, port: int | None) -> socket.socket:
    """A socket that listens.

    Parameters
    ----------
    host
        Address or name.
    port
        Port; where None, the usual one or the next that is free.

    Raises
    ------
    CannotListen
        If nothing there is free, or it is not ours to listen on.
    """
    wanted = [port] if port is not None else range(USUAL_PORT, USUAL_PORT + PORTS)
    for number in wanted:
        try:
            found = _listening(host, number)
        except OSError as error:
            if port is not None or not _is_taken(error):
                raise CannotListen(
                    f"cannot listen on {bracketed(host)}:{number}: {_reason(error)}"
                ) from error
            continue
        if port is None and number != USUAL_PORT:
            print(f"port {USUAL_PORT} is in use; listening on {number}", file=sys.stderr)
        return found
    last = USUAL_PORT + PORTS - 1
    raise CannotListen(f"ports {USUAL_PORT} to {last} are all in use; give a free one by --port")


def _listening(host: str, port: int) -> socket.socket:
    # The name itself would listen on one of two families, and the page may be asked for by the other.
    name = "127.0.0.1" if host == "localhost" else host.strip("[]")
    family, kind, protocol, _, address = socket.getaddrinfo(
        name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    found = socket.socket(family, kind, protocol)
    try:
        if sys.platform == "win32":
            found.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(BACKLOG)
    except OSError:
        found.close()
        raise
    return found


def _is_taken(error: OSError) -> bool:
    return error.errno in (errno.EADDRINUSE, errno.EACCES)


def _reason(error: OSError) -> str:
    text = (error.strerror or str(error)).lower()
    return f"{text}; give another by --port" if _is_taken(error) else text

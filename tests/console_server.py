"""The console's real server in a process of its own, and visitors to it: raw requests, sockets, sessions."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0  # seconds that anything may take; a cold machine compiles first
COMMAND = (sys.executable, str(ROOT / "ceasefire.py"), "app", "--no-open")


@dataclass
class Console:
    """A running server.

    Parameters
    ----------
    process
        Its process.
    address
        The page's address as it was printed.
    folder
        A folder of its own, with ``out``, ``err`` and ``results`` in it.
    """

    process: subprocess.Popen[bytes]
    address: str
    folder: Path

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(re.findall(r":(\d+)/", self.address)[0])

    @property
    def base(self) -> str:
        """The page's address without a token."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def errors(self) -> str:
        """What it has said on standard error."""
        return (self.folder / "err").read_text(encoding="utf-8")

    def resident(self) -> float:
        """Memory of the process in megabytes."""
        import psutil

        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20

    def ask(self, *args: Any, **options: Any) -> Answer:
        """`ask` on its port."""
        return ask(self.port, *args, **options)


@contextmanager
def running(
    folder: Path,
    *words: str,
    command: Sequence[str] = COMMAND,
    port: int | None = 0,
    env: dict[str, str] | None = None,
) -> Iterator[Console]:
    """A server that has begun to listen; it is stopped by its process id at the end.

    Parameters
    ----------
    folder
        A folder of its own.
    words
        Further options.
    command
        What is started.
    port
        After ``--port``; 0 for a free one.
    env
        Its environment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results").mkdir(exist_ok=True)
    whole = [*command, *(["--port", str(port)] if port is not None else []), *words]
    if list(command) == list(COMMAND):
        whole += ["--results", str(folder / "results")]
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(whole, stdout=out, stderr=err, cwd=folder, env=env, start_new_session=True)
    try:
        yield Console(process, _address(process, folder, port), folder)
    finally:
        stop(process)


def _address(process: subprocess.Popen[bytes], folder: Path, port: int | None) -> str:
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        found = re.findall(r"http://\S+:\d+/?\S*", (folder / "out").read_text(encoding="utf-8"))
        said = found[0] if found else ""
        if said and _answers(int(re.findall(r":(\d+)", said)[0])):
            return said if "/" in said.removeprefix("http://") else said + "/"
        assert process.poll() is None, f"the server ended: {(folder / 'err').read_text(encoding='utf-8')}"
        time.sleep(0.05)
    raise AssertionError("the server did not begin to listen")


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def stop(process: subprocess.Popen[bytes], by: int = signal.SIGTERM) -> int:
    """Stop a server that we started; its exit code."""
    if process.poll() is None:
        process.send_signal(by)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait(timeout=20)


def free_port() -> int:
    """A port that was free a moment ago, for programs that cannot be told to find one."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass(frozen=True)
class Answer:
    """What a server answered, byte for byte."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def __getitem__(self, name: str) -> str:
        found = [value for key, value in self.headers if key == name]
        return found[0] if len(found) == 1 else ""

    @property
    def cookie(self) -> str:
        """The cookie that it sets, as a browser gives it back."""
        return self["set-cookie"].split(";")[0]


def ask(
    port: int,
    path: str = "/",
    *headers: str,
    method: str = "GET",
    host: str | None = "",
    body: bytes = b"",
    to: str = "127.0.0.1",
) -> Answer:
    """A request with exactly these headers, which no client library would send.

    Parameters
    ----------
    port
        Port on this machine.
    path
        As it stands in the request.
    headers
        Whole lines.
    method
        Method.
    host
        Value of Host; the right one where empty, none at all where None.
    body
        Sent as it is; its length must be among the headers.
    to
        Address to connect to.
    """
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [] if host is None else [f"Host: {host or f'127.0.0.1:{port}'}"]
    lines += [*headers] if _upgrades(headers) else [*headers, "Connection: close"]
    with socket.create_connection((to, port), timeout=30) as link:
        link.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return _read(link, _upgrades(headers))


def _upgrades(headers: Sequence[str]) -> bool:
    return any(line.lower().startswith("upgrade:") for line in headers)


def _read(link: socket.socket, head_only: bool) -> Answer:
    data = b""
    while True:
        try:
            more = link.recv(65536)
        except ConnectionResetError:
            more = b""
        data += more
        if not more or (head_only and b"\r\n\r\n" in data):
            break
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    status = int(first.split()[1]) if first else 0
    pairs = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest)]
    return Answer(status, pairs, body.decode("utf-8", "replace"))


def socket_headers(origin: str | None, *more: str) -> list[str]:
    """Lines of a WebSocket's handshake, with an Origin or without."""
    return [
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *([] if origin is None else [f"Origin: {origin}"]),
        *more,
    ]


def channels(kernel: str | None = None, page: str | None = None) -> str:
    """The path of a session's socket."""
    return f"/jupyter/api/kernels/{kernel or uuid4()}/channels?session_id={page or uuid4()}"


class Visitor:
    """A session without a browser: it opens the page's socket and has the page built.

    Parameters
    ----------
    port
        Of the server.
    cookie
        That of a browser; where empty the page is asked for first, as browsers do.
    """

    def __init__(self, port: int, cookie: str = "") -> None:
        from websockets.sync.client import connect

        self.port, self.kernel, self.page = port, str(uuid4()), str(uuid4())
        answer = ask(port, "/", *([f"Cookie: {cookie}"] if cookie else []))
        assert answer.status == 200, answer.text
        self.cookie = cookie or answer.cookie
        link = connect(
            f"ws://127.0.0.1:{port}{channels(self.kernel, self.page)}",
            origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
            additional_headers={"Cookie": self.cookie},
            proxy=None,
            max_size=None,
            max_queue=None,  # else what is not read stops the reading of the farewell
            close_timeout=2,
            open_timeout=30,
        )
        self.socket: Any = link.__enter__()

    def send(self, kind: str, content: dict[str, Any]) -> None:
        """Send one message of the Jupyter protocol."""
        head = {
            "msg_id": str(uuid4()),
            "msg_type": kind,
            "session": self.page,
            "username": "",
            "version": "5.2",
        }
        message = {"header": {**head, "date": "2026-01-01T00:00:00Z"}, "parent_header": {}, "metadata": {}}
        self.socket.send(json.dumps({**message, "content": content, "buffers": [], "channel": "shell"}))

    def ask(self, method: str, **args: Any) -> dict[str, Any]:
        """Ask Solara for something, as the page does; what it answered."""
        comm = str(uuid4())
        self.send("comm_open", {"comm_id": comm, "target_name": "solara.control", "data": {}})
        self.send("comm_msg", {"comm_id": comm, "data": {"method": method, **args}})
        while True:
            message = self.socket.recv(timeout=PATIENCE)
            text = (
                message
                if isinstance(message, str)
                else message[message.index(b"{") :].decode("utf-8", "replace")
            )
            found, _ = json.JSONDecoder().raw_decode(text)
            content = found.get("content", {})
            if found["header"]["msg_type"] == "comm_msg" and content.get("comm_id") == comm:
                return dict(content["data"])

    def build(self) -> None:
        """Have the page built, as a browser does when it is ready."""
        theme = dict.fromkeys(
            ("primary", "secondary", "accent", "error", "info", "success", "warning"), "#000"
        )
        themes = {"light": theme, "dark": theme}
        found = self.ask("run", args={"path": "/", "appName": None, "dark": False, "themes": themes})
        assert found["method"] == "finished"

    def lives(self) -> bool:
        """Whether the session answers."""
        return bool(self.ask("app-status")["started"])

    def close(self) -> int:
        """Close the tab, as a browser says it; the status of the answer."""
        answer = self.say_closed(self.cookie)
        self.vanish()
        return answer.status

    def say_closed(self, cookie: str) -> Answer:
        """Say that this tab was closed, as the browser with a cookie."""
        path = f"/_solara/api/close/{self.kernel}?session_id={self.page}"
        origin = f"Origin: http://127.0.0.1:{self.port}"
        return ask(self.port, path, origin, f"Cookie: {cookie}", "Content-Length: 0", method="POST")

    def vanish(self) -> None:
        """Go without a word, as a browser that was killed."""
        self.socket.close()

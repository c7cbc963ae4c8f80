"""The console is safe: who may come in, what may be asked, how many at once, and nothing off this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests import console_server
from tests.browsers import open_page
from tests.conftest import Watched
from tests.console_server import Console, Visitor, ask, channels, free_port, running, socket_headers

FOREIGN = ("http://evil.example", "null", "http://127.0.0.1.evil.example", "https://127.0.0.1", "file://")
UNSAFE_HOSTS = (
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1",
    "127.0.0.1:1",
    "localhost.evil.example:{port}",
    "",
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
HANDSHAKE_DONE, REFUSED, MISDIRECTED, FULL, TOO_BIG = 101, 403, 421, 503, 1009


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A server of its own with room for three sessions."""
    with running(tmp_path_factory.mktemp("small"), "--sessions", "3", "--keep", "1") as found:
        yield found


@pytest.fixture(scope="module")
def open_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A server that other machines could reach, so it asks for a token."""
    words = ("--host", "0.0.0.0", "--allow-host", "console.example")
    with running(tmp_path_factory.mktemp("open"), *words) as found:
        yield found


@pytest.fixture(scope="module")
def solara_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """`solara run app.py`, which is Solara's own command and server."""
    words = [str(Path(sys.executable).parent / "solara"), "run", str(console_server.ROOT / "app.py")]
    words += ["--no-open", "--no-check-version"]
    folder = tmp_path_factory.mktemp("solara")
    with running(folder, command=[*words, "--host", "127.0.0.1"], port=free_port()) as found:
        yield found


@pytest.fixture(params=["console", "solara_run"])
def server(request: pytest.FixtureRequest) -> Console:
    """Each of the two ways to start the page."""
    found: Console = request.getfixturevalue(request.param)
    return found


def shake(server: Console, origin: str | None, *more: str, path: str = "", host: str | None = "") -> int:
    """Status of a handshake for a session; it is let go at once."""
    cookie = f"Cookie: ceasefire-session-{server.port}={uuid4()}"
    return server.ask(path or channels(), *socket_headers(origin, cookie, *more), host=host).status


# Who may come in


def test_the_page_and_its_socket_are_served_to_the_page(server: Console) -> None:
    assert server.ask("/").status == 200
    assert server.ask("/", f"Origin: {server.base}", "Sec-Fetch-Site: same-origin").status == 200
    assert shake(server, server.base) == HANDSHAKE_DONE
    local = f"localhost:{server.port}"
    assert server.ask("/", host=local).status == 200
    assert shake(server, f"http://{local}", host=local) == HANDSHAKE_DONE


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_is_refused(server: Console, origin: str) -> None:
    for path in ("/", "/static/main-vuetify.js"):
        assert server.ask(path, f"Origin: {origin}").status == REFUSED
    assert shake(server, origin) == REFUSED
    assert shake(server, f"{origin}:{server.port}") == REFUSED


@pytest.mark.parametrize("host", UNSAFE_HOSTS[:-1])
def test_a_foreign_host_is_refused(server: Console, host: str) -> None:
    """What a name server that is rebound to this machine would bring."""
    named = host.format(port=server.port)
    assert server.ask("/", host=named).status == MISDIRECTED
    assert named not in server.ask("/", host=named).text
    assert shake(server, f"http://{named}", host=named) == MISDIRECTED


def test_a_missing_or_empty_host_is_refused(server: Console) -> None:
    assert server.ask("/", host=None).status in (400, MISDIRECTED)
    assert server.ask("/", "Host: ", host=None).status in (400, MISDIRECTED)


def test_this_machine_by_its_other_name_is_another_origin(server: Console) -> None:
    assert shake(server, f"http://localhost:{server.port}") == REFUSED
    assert server.ask("/", f"Origin: http://localhost:{server.port}").status == REFUSED


def test_a_socket_and_a_post_need_an_origin(server: Console) -> None:
    assert shake(server, None) == REFUSED
    path = f"/_solara/api/close/{uuid4()}?session_id={uuid4()}"
    assert server.ask(path, "Content-Length: 0", method="POST").status == REFUSED


def test_doubled_headers_are_refused(server: Console) -> None:
    """The first of two might be checked and the second believed."""
    right, wrong = f"127.0.0.1:{server.port}", "evil.example"
    for pair in ((right, wrong), (wrong, right), (right, right)):
        assert server.ask("/", f"Host: {pair[1]}", host=pair[0]).status in (400, MISDIRECTED)
    assert server.ask("/", f"Origin: {server.base}", "Origin: http://evil.example").status == REFUSED
    assert shake(server, server.base, f"Origin: {server.base}") in (400, REFUSED)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_where_another_site_led_here_is_refused(server: Console, site: str) -> None:
    answer = server.ask("/", f"Sec-Fetch-Site: {site}", "Sec-Fetch-Mode: navigate")
    assert answer.status == REFUSED
    assert "address bar" in answer.text
    assert shake(server, server.base, f"Sec-Fetch-Site: {site}") == REFUSED


def test_a_socket_needs_the_pages_cookie(server: Console) -> None:
    for line in ([], ["Cookie: solara-session-id=x"], [f"Cookie: ceasefire-session-{server.port}=x"]):
        assert server.ask(channels(), *socket_headers(server.base, *line)).status == REFUSED


def test_headers_of_proxies_are_not_believed(server: Console) -> None:
    """One visitor's Script-Name would move the page's addresses for all who come later."""
    lies = (
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: https",
        "Script-Name: /evil",
        "X-Script-Name: /evil",
    )
    assert server.ask("/", *lies).status == 200
    text = server.ask("/").text
    assert "evil" not in text
    assert "/_solara/cdn/" in text
    assert server.ask("/", "X-Forwarded-Host: 127.0.0.1", host="evil.example").status == MISDIRECTED


# What may be asked


@pytest.mark.parametrize(
    "path",
    [
        "/resourcez",
        "/readyz",
        "/anything",
        "/app.py",
        "/static/public/app.py",
        "/static/assets/../../../starlette.py",
        "/static/../starlette.py",
        "/static/%2e%2e/starlette.py",
        "/static/..%2fstarlette.py",
        "/static/%2e%2e%2f%2e%2e%2fsettings.py",
        "/static/..%5cstarlette.py",
        "/static//etc/passwd",
        "/static/%00",
        "/static/",
        "/static",
        "/_solara/cdn/../../../../pyvenv.cfg",
        "/_solara/cdn/%2e%2e/%2e%2e/%2e%2e/pyvenv.cfg",
        "/_solara/cdn/never-heard-of@1.0.0/index.js",
        "/_solara/cdn/@widgetti",
        "/jupyter/nbextensions/../../../pyvenv.cfg",
        "/jupyter/nbextensions/%2e%2e/%2e%2e/%2e%2e/pyvenv.cfg",
        "/jupyter/nbextensions/nowhere/extension.js",
        "/jupyter/api/kernels/x",
        f"/jupyter/api/kernels/{uuid4()}/channels",
        "//evil.example/",
        "http://evil.example/",
    ],
)
def test_nothing_else_is_served(server: Console, path: str) -> None:
    answer = server.ask(path)
    assert answer.status in (400, 404, 405, MISDIRECTED), answer
    assert "import" not in answer.text
    assert "home =" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "POST"])
def test_no_other_method_is_served(server: Console, method: str) -> None:
    """Nor does a preflight of another site get an answer that would let it go on."""
    for path in ("/", "/static/main-vuetify.js"):
        answer = server.ask(path, f"Origin: {server.base}", "Content-Length: 0", method=method)
        assert answer.status in (400, 405)
        assert not answer["access-control-allow-origin"]


def test_what_the_page_needs_is_there(server: Console) -> None:
    for path, kind in {
        "/static/main-vuetify.js": "text/javascript",
        "/static/assets/style.css": "text/css",
        "/_solara/cdn/requirejs@2.3.6/require.js": "text/javascript",
        "/jupyter/nbextensions/jupyter-vue/nodeps.js": "text/javascript",
    }.items():
        answer = server.ask(path)
        assert answer.status == 200
        assert answer["content-type"].startswith(kind)
        assert server.ask(path, method="HEAD").text == ""


def test_folders_beside_the_checkout_are_not_served(tmp_path: Path) -> None:
    """Solara would take `public`, `assets` and the page's template from the parent of app.py's folder."""
    house = tmp_path / "house"
    house.mkdir()
    shutil.copy(console_server.ROOT / "app.py", house)
    for name in ("public", "assets", "templates"):
        (tmp_path / name).mkdir()
        for file in ("planted.js", "custom.js", "index.html.j2"):
            (tmp_path / name / file).write_text("planted by another user", encoding="utf-8")
    code = f"""
from pathlib import Path
from console.server import serve as server
from commands.app import app_command
server.APPLICATION = Path({str(house / "app.py")!r})
app_command("127.0.0.1", 0, "results", False, (), 4, 5.0)
"""
    env = os.environ | {"PYTHONPATH": str(console_server.ROOT)}
    with running(tmp_path / "run", command=[sys.executable, "-c", code], env=env) as found:
        assert "planted" not in found.ask("/").text
        for path in ("/static/public/planted.js", "/static/assets/planted.js", "/static/assets/custom.js"):
            assert "planted" not in found.ask(path).text


# What every answer says


@pytest.mark.parametrize("path", ["/", "/static/main-vuetify.js", "/nowhere", "/_solara/cdn/nowhere"])
def test_every_answer_carries_the_headers(server: Console, path: str) -> None:
    for answer in (
        server.ask(path),
        server.ask(path, "Origin: http://evil.example"),
        server.ask(path, host="x"),
    ):
        for name, value in HEADERS.items():
            assert answer[name] == value
        rules = answer["content-security-policy"]
        for rule in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'self'"):
            assert rule in rules
        assert "unsafe-inline" not in rules.split("script-src")[1].split(";")[0]
        assert answer["permissions-policy"]
        assert not answer["access-control-allow-origin"]


def test_the_page_is_in_english_at_any_zoom_and_not_kept(server: Console) -> None:
    answer = server.ask("/")
    assert '<html lang="en">' in answer.text
    assert "user-scalable" not in answer.text
    assert "<title>Ceasefire</title>" in answer.text
    assert answer["cache-control"] == "no-store"
    assert f"ws://127.0.0.1:{server.port};" in answer["content-security-policy"]


def test_the_cookie_is_for_this_page_alone(server: Console) -> None:
    value = server.ask("/")["set-cookie"]
    assert value.startswith(f"ceasefire-session-{server.port}=")
    assert {"Path=/", "HttpOnly", "SameSite=Strict"} <= set(value.split("; "))
    kept = value.split(";")[0]
    assert server.ask("/", f"Cookie: {kept}").cookie == kept
    assert server.ask("/", f"Cookie: {kept[:-4]}%0a").cookie != kept


# Sessions


def test_a_session_belongs_to_its_browser(console: Console) -> None:
    mine, other = Visitor(console.port), Visitor(console.port)
    mine.build()
    path, base = channels(mine.kernel, mine.page), console.base
    stolen = console.ask(path, *socket_headers(base, f"Cookie: {other.cookie}"))
    assert stolen.status == REFUSED
    assert mine.say_closed(other.cookie).status == REFUSED
    assert mine.say_closed("").status == REFUSED
    assert mine.lives()
    assert mine.close() == 200
    assert other.close() == 200


def test_a_full_server_says_so_and_keeps_those_it_has(small: Console) -> None:
    visitors = [Visitor(small.port) for _ in range(3)]
    for visitor in visitors:
        visitor.build()
    refused = small.ask("/")
    assert refused.status == FULL
    assert "All 3 sessions" in refused.text
    cookie = f"Cookie: ceasefire-session-{small.port}={uuid4()}"
    assert small.ask(channels(), *socket_headers(small.base, cookie)).status == FULL
    assert all(visitor.lives() for visitor in visitors)
    assert visitors[0].close() == 200
    again = Visitor(small.port)
    again.build()
    assert all(visitor.lives() for visitor in [*visitors[1:], again])
    for visitor in [*visitors[1:], again]:
        visitor.close()


def test_a_tab_that_vanishes_gives_its_session_back(small: Console) -> None:
    visitors = [Visitor(small.port) for _ in range(3)]
    assert small.ask("/").status == FULL
    for visitor in visitors:
        visitor.vanish()
    await_free(small)


def await_free(server: Console, patience: float = 60) -> None:
    limit = time.monotonic() + patience
    while server.ask("/", method="HEAD").status != 200:
        assert time.monotonic() < limit, "the session was not given back"
        time.sleep(0.1)


def test_one_browser_has_a_limit_of_its_own(console: Console) -> None:
    first = Visitor(console.port)
    tabs = [first] + [Visitor(console.port, first.cookie) for _ in range(7)]
    refused = console.ask("/", f"Cookie: {first.cookie}")
    assert refused.status == FULL
    assert "This browser has 8 tabs" in refused.text
    assert console.ask("/").status == 200
    for tab in tabs:
        tab.close()


def test_a_huge_message_closes_its_session_alone(server: Console) -> None:
    from websockets.exceptions import ConnectionClosed

    other, loud = Visitor(server.port), Visitor(server.port)
    other.build()
    loud.socket.send("x" * (3 << 20))
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            loud.socket.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == TOO_BIG
    assert other.lives()
    other.close()


@pytest.mark.parametrize("junk", ["", "{}", "not json", "[]", '{"header": {}}', "\x00" * 10])
def test_junk_on_a_socket_hurts_nobody_else(server: Console, junk: str) -> None:
    other, odd = Visitor(server.port), Visitor(server.port)
    other.build()
    with suppress(Exception):  # how the server ends the odd session is its own affair
        odd.socket.send(junk)
        odd.socket.recv(timeout=1)
    odd.vanish()
    assert other.lives()
    other.close()


def test_memory_returns_when_sessions_close(tmp_path: Path) -> None:
    """Rounds of thirty sessions: the third needs no more than the first, where thirty that stayed take 13 MB."""
    with running(tmp_path, "--sessions", "128", "--keep", "60") as server:

        def round_of_thirty() -> float:
            visitors = [Visitor(server.port) for _ in range(30)]
            for visitor in visitors:
                visitor.build()
            assert all(visitor.close() == 200 for visitor in visitors)
            return server.resident()

        first = round_of_thirty()
        round_of_thirty()
        assert round_of_thirty() < first + 16


# A door that is open to other machines


def test_an_open_door_says_what_it_means(open_door: Console) -> None:
    assert "?token=" in open_door.address
    for word in ("warning", "other machines", "not encrypted"):
        assert word in open_door.errors


def test_without_the_token_nothing_is_served(open_door: Console) -> None:
    for line in ([], ["Cookie: ceasefire-token-{port}=wrong"]):
        lines = [each.format(port=open_door.port) for each in line]
        for path in ("/", "/static/main-vuetify.js", "/?token=wrong", "/?token=", "/?token=a&token=b"):
            assert open_door.ask(path, *lines).status == REFUSED
        assert shake(open_door, open_door.base, *lines) == REFUSED


def test_the_token_becomes_a_cookie_and_leaves_the_address(open_door: Console) -> None:
    answer = open_door.ask(open_door.address[open_door.address.index("/?") :])
    assert (answer.status, answer["location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(answer["set-cookie"].split("; "))
    page = open_door.ask("/", f"Cookie: {answer.cookie}")
    assert page.status == 200
    both = f"{answer.cookie}; {page.cookie}"
    assert (
        open_door.ask(channels(), *socket_headers(open_door.base, f"Cookie: {both}")).status == HANDSHAKE_DONE
    )
    assert (
        open_door.ask(channels(), *socket_headers(open_door.base, f"Cookie: {page.cookie}")).status == REFUSED
    )


def test_only_names_that_were_allowed_reach_an_open_door(open_door: Console) -> None:
    cookie = f"Cookie: ceasefire-token-{open_door.port}={open_door.address.split('=')[1]}"
    for name, status in (("console.example", 200), ("evil.example", MISDIRECTED), ("0.0.0.0", MISDIRECTED)):
        assert open_door.ask("/", cookie, host=f"{name}:{open_door.port}").status == status


def test_solara_run_on_an_open_door_asks_for_a_token_too(tmp_path: Path) -> None:
    words = [str(Path(sys.executable).parent / "solara"), "run", str(console_server.ROOT / "app.py")]
    words += ["--no-open", "--no-check-version", "--host", "0.0.0.0"]
    with running(tmp_path, command=words, port=free_port()) as found:
        assert found.ask("/").status == REFUSED
        assert shake(found, found.base) == REFUSED
        assert "?token=" in (tmp_path / "out").read_text(encoding="utf-8")


# Nothing off this machine


DEAF = """
import json, socket, sys
real = socket.socket.connect
def connect(self, address):
    if self.family != socket.AF_UNIX and not str(address[0]).startswith(("127.", "::1", "localhost")):
        print("OUTSIDE " + json.dumps([str(each) for each in address]), file=sys.stderr, flush=True)
        raise OSError(101, "Network is unreachable")
    return real(self, address)
socket.socket.connect = connect
looked_up = socket.getaddrinfo
def getaddrinfo(host, *args, **options):
    if host not in (None, "127.0.0.1", "localhost", "::1", "0.0.0.0"):
        print("OUTSIDE " + json.dumps([str(host)]), file=sys.stderr, flush=True)
        raise socket.gaierror(-2, "Name or service not known")
    return looked_up(host, *args, **options)
socket.getaddrinfo = getaddrinfo
"""


def test_the_server_asks_no_other_machine(tmp_path: Path) -> None:
    """Neither at its start, nor for a page, nor for a file that is missing."""
    code = DEAF + "import ceasefire; sys.argv[0] = 'ceasefire'; ceasefire.main()"
    words = [sys.executable, "-c", code, "app", "--no-open"]
    env = os.environ | {"PYTHONPATH": str(console_server.ROOT)}
    with running(tmp_path, command=words, env=env) as found:
        visitor = Visitor(found.port)
        visitor.build()
        for path in ("/_solara/cdn/vue@9.9.9/dist/vue.js", "/_solara/cdn/x", "/resourcez"):
            found.ask(path)
        visitor.close()
        assert "OUTSIDE" not in found.errors


def test_a_server_that_asked_would_be_seen(tmp_path: Path) -> None:
    """The trap of the test above works."""
    code = DEAF + "import urllib.request\ntry: urllib.request.urlopen('http://192.0.2.1/', timeout=1)\n"
    code += "except OSError: pass"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "OUTSIDE" in done.stderr


# In a real browser


def test_the_page_works_and_asks_only_this_machine(page: Any, watched: Watched) -> None:
    assert page.title() == "Ceasefire"
    assert page.locator("[role=tab]").count() == 5
    assert page.evaluate("document.cookie") == "", "no script can read the cookie"
    assert any(url.startswith("ws://127.0.0.1") for url in watched.requests)


def test_by_solara_run_too_it_asks_only_this_machine(context: Any, solara_run: Console) -> None:
    """Solara is in its development mode there, in which it embeds a frame of another site."""
    page = context.new_page()
    open_page(page, solara_run.address)
    page.locator("[role=tab]").nth(4).click()
    page.locator("#tab-about[aria-selected=true]").wait_for()
    page.close()


def test_in_a_browser_the_token_leaves_the_address(context: Any, open_door: Console) -> None:
    page = context.new_page()
    open_page(page, open_door.address)
    assert page.url == f"{open_door.base}/"
    page.reload()
    page.locator("[role=tab]").first.wait_for()
    page.close()


def test_scripts_that_were_injected_do_not_run(page: Any, watched: Watched) -> None:
    page.evaluate(
        """() => {
            const spot = document.createElement('div');
            document.body.append(spot);
            spot.innerHTML = '<img src="data:," onerror="window.harmed = 1">';
            const script = document.createElement('script');
            script.textContent = 'window.harmed = 2';
            document.body.append(script);
            return fetch('http://127.0.0.2:9/').catch(() => null);
        }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.harmed") is None
    blocked = [said for said in watched.errors if "Content Security Policy" in said]
    assert len(blocked) >= 3
    watched.errors.clear()


def test_another_site_can_neither_frame_nor_ask_the_page(
    context: Any, console: Console, watched: Watched, tmp_path: Path
) -> None:
    """A page of another origin in the same browser: a frame, a socket, a fetch, a form."""
    import http.server
    import threading

    html = f"""<iframe src="{console.base}/"></iframe><script>
    const note = (name, value) => {{ document.title += name + '=' + value + ' '; }};
    const link = new WebSocket("ws://127.0.0.1:{console.port}{channels()}");
    link.onopen = () => note('socket', 'open'); link.onerror = () => note('socket', 'refused');
    fetch("{console.base}/", {{credentials: 'include', mode: 'no-cors'}}).then(
        (r) => note('fetch', r.type + r.status), () => note('fetch', 'refused'));
    </script>"""
    (tmp_path / "index.html").write_text(html, encoding="utf-8")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None: ...

        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(tmp_path))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{other.server_port}/index.html")
        page.wait_for_function("document.title.includes('socket=') && document.title.includes('fetch=')")
        title = page.title()
        framed = [frame for frame in page.frames if frame != page.main_frame]
        assert all(frame.locator("[role=tab]").count() == 0 for frame in framed)
        page.close()
        other.shutdown()
    assert "socket=refused" in title
    assert "fetch=refused" in title
    watched.errors.clear()


@pytest.mark.parametrize(("ending", "keep"), [("closed", "60"), ("navigated", "60"), ("killed", "1")])
def test_a_tab_that_ends_gives_its_session_back(browser: Any, tmp_path: Path, ending: str, keep: str) -> None:
    """At once where the browser can say so, else when the time is over that it is kept for its return."""
    with running(tmp_path, "--sessions", "2", "--keep", keep) as server:
        contexts = [browser.new_context() for _ in range(2)]
        pages = [context.new_page() for context in contexts]
        for page in pages:
            open_page(page, server.address)
        assert server.ask("/").status == FULL
        if ending == "closed":
            pages[0].close(run_before_unload=True)
        elif ending == "navigated":
            pages[0].goto("about:blank")
        else:
            contexts[0].close()
        await_free(server, 30)
        pages[1].locator("[role=tab]").nth(4).click()
        pages[1].locator("#tab-about[aria-selected=true]").wait_for()
        for context in contexts[ending == "killed" :]:
            context.close()


def test_the_last_place_can_be_reloaded(context: Any, tmp_path: Path) -> None:
    """The farewell of the old page and the request for the new one are under way at the same time."""
    with running(tmp_path, "--sessions", "1", "--keep", "60") as server:
        page = context.new_page()
        open_page(page, server.address)
        for _ in range(5):
            answer = page.reload()
            assert answer.status == 200
            page.locator("[role=tab]").first.wait_for(timeout=60_000)
        page.close()


# The command


def test_interrupted_it_ends_cleanly(tmp_path: Path) -> None:
    with running(tmp_path) as found:
        visitor = Visitor(found.port)
        visitor.build()
        assert console_server.stop(found.process, signal.SIGINT) == 130
        assert "Traceback" not in found.errors
        assert "interrupted" in found.errors


def test_a_port_in_use_is_one_message(console: Console, tmp_path: Path) -> None:
    words = [*console_server.COMMAND, "--port", str(console.port)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert "--port" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_without_a_port_the_next_free_one_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from console.server import listening

    with listening.bound("127.0.0.1", 0) as taken:
        usual = taken.getsockname()[1]
        monkeypatch.setattr(listening, "USUAL_PORT", usual)
        with listening.bound("127.0.0.1", None) as found:
            assert usual < found.getsockname()[1] < usual + listening.PORTS
    assert f"port {usual} is in use" in capsys.readouterr().err


def test_a_bad_name_is_refused(tmp_path: Path) -> None:
    for name in ("*", "http://x", "a b", "x/y"):
        words = [*console_server.COMMAND, "--allow-host", name]
        done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)
        assert "--allow-host" in done.stderr


def test_a_missing_extra_is_one_message(tmp_path: Path) -> None:
    """Solara is hidden as if it were not installed."""
    code = "import sys; sys.modules['solara'] = None; import ceasefire; ceasefire.main()"
    env = os.environ | {"PYTHONPATH": str(console_server.ROOT)}
    words = [sys.executable, "-c", code, "app"]
    done = subprocess.run(
        words, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False, env=env
    )
    assert done.returncode == 2
    assert "uv run --extra app ceasefire app" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_answer_of_the_protocol_is_what_it_seems(console: Console) -> None:
    """The visitor of these tests really has the page built: it sees a tree of widgets."""
    visitor = Visitor(console.port)
    assert not visitor.lives()
    visitor.build()
    assert visitor.lives()
    assert json.dumps(visitor.ask("app-status"))
    visitor.close()
    assert ask(console.port).status == 200

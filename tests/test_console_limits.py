"""The console's rules taken by themselves: which hosts, which paths, how many sessions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from console.place import VARIABLE, results, set_results
from console.server.admission import Refusal, Terms, hosts, is_loopback, query, refused
from console.server.headers import page_head
from console.server.paths import tree_of
from console.server.sessions import PROMISE_SECONDS, Sessions

NO_ADDRESS = "This server is reached by an address and a port only."
MINE, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def scope(address: str = "127.0.0.1", port: int | None = 8765, **more: Any) -> dict[str, Any]:
    given = {"type": "http", "method": "GET", "headers": [], "server": (address, port), "query_string": b""}
    return {**given, **more}


class Clock:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def counted(sessions: int = 2, tabs: int = 2) -> tuple[Sessions, dict[str, Any], Clock]:
    living: dict[str, Any] = {}
    clock = Clock()
    return Sessions(Terms(sessions=sessions, tabs=tabs), living, clock), living, clock


def alive(browser: str, *pages: str) -> SimpleNamespace:
    return SimpleNamespace(session_id=browser, page_status=dict.fromkeys(pages))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_what_this_machine_alone_can_reach(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_the_hosts_of_a_connection() -> None:
    names = frozenset({"console.example", "console.example:80", "[2001:db8::1]"})
    assert hosts(scope(), Terms()) == {"127.0.0.1:8765", "localhost:8765", "[::1]:8765"}
    assert hosts(scope("192.0.2.1"), Terms(token="t", names=names)) == {
        "192.0.2.1:8765", "console.example:8765", "console.example:80", "[2001:db8::1]:8765",
    }  # fmt: skip
    assert hosts(scope("2001:db8::2"), Terms()) == {"[2001:db8::2]:8765"}
    assert {"localhost", "localhost:80"} <= hosts(scope(port=80), Terms())


def test_a_server_on_no_port_or_for_others_without_a_token_serves_nobody() -> None:
    for server in (None, ("/run/a.sock", None)):
        assert refused(scope(server=server), Terms()) == Refusal(
            403, "This server is reached by an address and a port only."
        )
    headers = [(b"host", b"192.0.2.1:8765")]
    assert refused(scope("192.0.2.1", headers=headers), Terms()) is not None
    assert refused(scope("192.0.2.1", headers=headers), Terms(token="t")) is None


def test_a_query_that_comes_twice_is_none() -> None:
    assert query(scope(query_string=b"token=a"), "token") == "a"
    for text in (b"token=a&token=a", b"", b"other=a", b"token=", b"\xff", b"&".join([b"a=b"] * 40)):
        assert query(scope(query_string=text), "token") == ""


@pytest.mark.parametrize("path", ["/static/a.js", "/static/assets/b.css", "/_solara/cdn/@a/b@1.0/c.js"])
def test_files_are_found_under_the_longest_prefix(path: str) -> None:
    prefixes: Any = dict.fromkeys(("/static/assets", "/static", "/_solara/cdn"))
    assert tree_of(path, prefixes) == max((each for each in prefixes if path.startswith(each)), key=len)


@pytest.mark.parametrize(
    "path",
    [
        "/static",
        "/static/",
        "/static/../x",
        "/static/./x",
        "/static//x",
        "/static/a\\b",
        "/static/\0",
        "/x",
        "",
    ],
)
def test_a_path_that_is_not_plain_is_no_file(path: str) -> None:
    assert tree_of(path, dict.fromkeys(("/static",))) is None  # type: ignore[arg-type]


def test_a_page_that_was_served_has_a_place_for_a_while() -> None:
    sessions, _, clock = counted()
    assert sessions.page(MINE) is None
    assert sessions.page(OTHER) is None
    full = sessions.page(OTHER)
    assert full is not None
    assert full.status == 503
    assert sessions.connect("k1", MINE) is None
    clock.now = PROMISE_SECONDS + 1
    assert sessions.promised() == 0
    assert sessions.page(OTHER) is None


def test_a_session_counts_once_while_it_opens_and_lives() -> None:
    sessions, living, _ = counted()
    with sessions.socket("k1", MINE):
        living["k1"] = alive(MINE, "p")
        with sessions.socket("k1", MINE):
            assert sessions.browsers() == {"k1": MINE}
        assert sessions.browsers() == {"k1": MINE}
    assert sessions.browsers() == {"k1": MINE}
    with sessions.socket("k1", MINE):
        del living["k1"]
        assert sessions.browsers() == {"k1": MINE}
        sessions.closed("k1")
        assert sessions.browsers() == {}, "its socket takes a moment longer"


def test_who_may_come_back_and_who_may_close() -> None:
    sessions, living, _ = counted(sessions=1)
    living["k1"] = alive(MINE, "p")
    assert sessions.connect("k1", MINE) is None, "a full server still takes back those it has"
    stolen = sessions.connect("k1", OTHER)
    assert stolen is not None
    assert stolen.status == 403
    new = sessions.connect("k2", OTHER)
    assert new is not None
    assert new.status == 503
    assert sessions.may_close("k1", "p", MINE)
    for kernel, page, browser in (("k1", "p", OTHER), ("k1", "q", MINE), ("k2", "p", MINE), ("k1", "p", "")):
        assert not sessions.may_close(kernel, page, browser)


def test_the_page_gets_its_language_its_zoom_and_its_nonce() -> None:
    html = (
        '<html><meta name="viewport" content="user-scalable=no"><body data-base-url="/">'
        '<script>a</script><script src="b"></script><p>scripts</p></body></html>'
    )
    found = page_head(html, "n0")
    assert found.startswith(
        '<html lang="en"><meta name="viewport" content="width=device-width, initial-scale=1">'
    )
    assert found.count('<script nonce="n0"') == 2
    assert '<body data-base-url="/"><div id="app"' in found
    assert page_head(found, "n0").count('id="app"') == 1


def test_where_results_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from console import place

    monkeypatch.setattr(place, "_chosen", [])
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert results() == tmp_path.resolve() / "results"
    monkeypatch.setenv(VARIABLE, str(tmp_path / "named"))
    assert results() == (tmp_path / "named").resolve()
    set_results(tmp_path / "set")
    assert results() == (tmp_path / "set").resolve()

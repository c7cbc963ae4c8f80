"""The gate: every request and every socket passes it before anything of Solara runs."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from typing import Any
from uuid import uuid4

from console.server.admission import Refusal, Terms, cookies, knows, query, refused
from console.server.answers import deny, host_of, say
from console.server.headers import cookie, guarded, page_head
from console.server.passing import collected, innermost, inward, keep_inside, limited
from console.server.paths import (
    CLOSE,
    FILES_ASKED,
    FILES_KEPT,
    KERNEL,
    PAGE_ID,
    READING,
    VERSIONED,
    App,
    tree_of,
    trees,
)
from console.server.sessions import Sessions

log = logging.getLogger("ceasefire.console")
BROWSER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FAREWELL_SECONDS, FAREWELL_LOOKS = 1.0, 10
"""How long a page waits for a place, and how often it looks, where a tab is just being reloaded."""
NO_TOKEN = Refusal(403, "This page needs the address with the token that `ceasefire app` printed.")


class Gate:
    """An ASGI application in front of Solara's.

    Parameters
    ----------
    inner
        Solara's.
    terms
        Who is let in.
    """

    def __init__(self, inner: App, terms: Terms) -> None:
        from solara.server import kernel_context

        self.inner, self.terms = inner, terms
        self.sessions = Sessions(terms, kernel_context.contexts)
        self.trees = trees()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer, refuse, or pass on."""
        if scope["type"] == "lifespan":
            return await self.inner(scope, receive, send)
        answer = self._http if scope["type"] == "http" else self._websocket
        return await answer(scope, receive, send)

    def _names(self, scope: Any) -> tuple[str, str]:
        """Names of our two cookies: cookies do not tell ports apart, and other servers have sessions too."""
        port = scope["server"][1]
        return f"ceasefire-session-{port}", f"ceasefire-token-{port}"

    def _browser(self, scope: Any) -> str:
        """The browser's session cookie; empty where it is missing, doubtful, or none of ours."""
        given = set(cookies(scope).get(self._names(scope)[0], []))
        found = given.pop() if len(given) == 1 else ""
        return found if BROWSER.fullmatch(found) else ""

    def _unknown(self, scope: Any) -> bool:
        token = self.terms.token
        return bool(token) and not knows(token, cookies(scope).get(self._names(scope)[1], []))

    async def _http(self, scope: Any, receive: Any, send: Any) -> None:
        path, method = scope["path"], scope["method"]
        refusal = refused(scope, self.terms)
        if refusal:
            return await say(send, scope, refusal)
        if self.terms.token and path == "/" and query(scope, "token"):
            return await self._greet(scope, send)
        if self._unknown(scope):
            return await say(send, scope, NO_TOKEN)
        if path == "/" and method in READING:
            return await self._page(scope, receive, send)
        prefix = tree_of(path, self.trees) if method in READING else None
        if prefix is not None:
            return await self._file(prefix, scope, receive, send)
        leaving = CLOSE.fullmatch(path)
        if leaving and method == "POST":
            return await self._farewell(leaving[1], scope, send)
        known = path == "/" or leaving or tree_of(path, self.trees)
        return await say(
            send, scope, Refusal(405, "Not so.") if known else Refusal(404, "There is no such page.")
        )

    async def _greet(self, scope: Any, send: Any) -> None:
        """Take the token out of the address and into a cookie."""
        if scope["method"] != "GET" or not knows(self.terms.token, [query(scope, "token")]):
            return await say(send, scope, NO_TOKEN)
        more = [(b"location", b"/"), cookie(self._names(scope)[1], self.terms.token)]
        return await say(send, scope, Refusal(303, "The page is at /."), more)

    async def _page(self, scope: Any, receive: Any, send: Any) -> None:
        browser = self._browser(scope) or str(uuid4())
        full = await self._place(browser, keep=scope["method"] == "GET")
        if full:
            return await say(send, scope, full)
        keep_inside()
        status, html = await collected(self.inner, {**inward(scope, browser), "method": "GET"}, receive)
        if status != 200:
            return await say(
                send, scope, Refusal(500, "The page could not be made; the server's log says why.")
            )
        nonce = secrets.token_urlsafe(16)
        body = page_head(html, nonce).encode()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"%d" % len(body))]
        headers = [*guarded(headers, host_of(scope), nonce=nonce), cookie(self._names(scope)[0], browser)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
        return None

    async def _place(self, browser: str, keep: bool) -> Refusal | None:
        """Keep a place for a page, or say why there is none; waits for a farewell, which a reload may overtake."""
        for _ in range(FAREWELL_LOOKS if keep else 1):
            full = self.sessions.page(browser, keep)
            if full is None:
                return None
            await asyncio.sleep(FAREWELL_SECONDS / FAREWELL_LOOKS)
        return full

    async def _file(self, prefix: str, scope: Any, receive: Any, send: Any) -> None:
        from starlette.exceptions import HTTPException

        cache = FILES_KEPT if prefix == VERSIONED else FILES_ASKED

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                kept = cache if message["status"] < 400 else "no-store"
                headers = guarded(list(message["headers"]), host_of(scope), cache=kept)
                message = {**message, "headers": headers}
            await send(message)

        below = {**scope, "root_path": prefix, "app_root_path": ""}
        try:
            await self.trees[prefix](below, receive, with_headers)
        except HTTPException:
            await say(send, scope, Refusal(404, "There is no such file."))

    async def _farewell(self, kernel: str, scope: Any, send: Any) -> None:
        """A tab says that it is closed; only its own browser may say so."""
        page, browser = query(scope, "session_id"), self._browser(scope)
        if not self.sessions.may_close(kernel, page, browser):
            return await say(send, scope, Refusal(403, "This session is not of this browser, or is over."))

        async def nothing() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        await collected(self.inner, inward(scope, browser, query_string=f"session_id={page}"), nothing)
        self.sessions.closed(kernel)
        return await say(send, scope, Refusal(200, ""))

    async def _websocket(self, scope: Any, receive: Any, send: Any) -> None:
        found = KERNEL.fullmatch(scope["path"])
        page, browser = query(scope, "session_id"), self._browser(scope)
        refusal = refused(scope, self.terms)
        if refusal is None and self._unknown(scope):
            refusal = NO_TOKEN
        if refusal is None and not (found and PAGE_ID.fullmatch(page) and browser):
            refusal = Refusal(403, "A socket is opened by the page only.")
        kernel = found[1] if found else ""
        refusal = refusal or self.sessions.connect(kernel, browser)
        if refusal:
            return await deny(receive, send, scope, refusal)
        with self.sessions.socket(kernel, browser):
            inside = inward(scope, browser, query_string=f"session_id={page}")
            try:
                await self.inner(inside, limited(receive, send), send)
            except Exception as broken:
                log.warning("a session ended: %s", innermost(broken))
                log.debug("where it broke", exc_info=broken)
        return None

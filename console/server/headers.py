"""What every answer says to the browser: what the page may do, and who may hold it."""

from __future__ import annotations

import re

type Headers = list[tuple[bytes, bytes]]

UNUSED = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
"""Abilities of a browser that the page never asks for."""
COMMON = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(f"{name}=()" for name in UNUSED),
}
OURS = {
    *(name.encode() for name in COMMON),
    b"content-security-policy",
    b"cache-control",
    b"set-cookie",
    b"server",
}
VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')
ROOT = '<div id="app" class="v-application v-application--is-ltr theme--light" data-app="true">'
BODY = re.compile(r"<body\b[^>]*>")
SCRIPT = re.compile(r"<script(?=[\s>])")


def policy(host: str, nonce: str = "") -> str:
    """The Content-Security-Policy of an answer.

    Parameters
    ----------
    host
        Value of the header Host, which was checked.
    nonce
        That of the page's own scripts. ``unsafe-eval`` is needed by Vue, which compiles templates in the
        browser; scripts and handlers that were injected into the page have no nonce and do not run.
    """
    scripts = f"'self' 'nonce-{nonce}' 'unsafe-eval'" if nonce else "'none'"
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' ws://{host}",
            "object-src 'none'",
            "frame-src 'none'",
            "worker-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'self'",
            "form-action 'none'",
        )
    )


def guarded(headers: Headers, host: str, *, nonce: str = "", cache: str = "no-store") -> Headers:
    """Headers of an answer with ours in place of any others of the same name.

    Parameters
    ----------
    headers
        As the application gave them; its cookies are dropped.
    host
        Value of the header Host.
    nonce
        That of the page's own scripts; empty for anything but the page.
    cache
        Cache-Control.
    """
    ours = {**COMMON, "content-security-policy": policy(host, nonce), "cache-control": cache}
    kept = [(name, value) for name, value in headers if name.lower() not in OURS]
    return kept + [(name.encode(), value.encode()) for name, value in ours.items()]


def cookie(name: str, value: str) -> tuple[bytes, bytes]:
    """A header that sets a cookie which no script can read and which no other site's request carries."""
    return b"set-cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Strict".encode("ascii")


def page_head(html: str, nonce: str) -> str:
    """Solara's page in English, at any zoom, with its scripts marked as its own.

    Parameters
    ----------
    html
        As Solara rendered it. Where the colours follow the system its template forgets the element that the
        page is built in; it is put there.
    nonce
        That of this answer.
    """
    html = html.replace("<html>", '<html lang="en">', 1)
    html = VIEWPORT.sub('<meta name="viewport" content="width=device-width, initial-scale=1">', html, count=1)
    html = SCRIPT.sub(f'<script nonce="{nonce}"', html)
    if 'id="app"' not in html:
        html = BODY.sub(lambda found: found.group() + ROOT, html, count=1)
    return html

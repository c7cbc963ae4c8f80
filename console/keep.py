"""What a page keeps for itself, so that a reload finds it again: the choices, the tab, the hour."""

from __future__ import annotations

from typing import Any

from console.choice import Choice
from console.desk import TABS, Desk
from console.messages import field, number, one_of, text
from environment.errors import CeasefireError

LONGEST = 20
"""Digits of a seed or a replication, at most."""
MOST_SETTINGS = 700


def kept(desk: Desk) -> dict[str, Any]:
    """The desk as plain values."""
    hours = desk.watched.hours if desk.watched is not None else 0.0
    return {"a": _plain(desk.a.value), "b": _plain(desk.b.value), "tab": desk.tab.value, "hours": hours}


def _plain(choice: Choice) -> dict[str, Any]:
    return {
        "framework": choice.framework,
        "text": choice.text,
        "scenario": choice.scenario,
        "settings": dict(choice.settings),
        "days": choice.days,
        "seed": str(choice.seed),  # a browser's numbers have 53 bits
        "replication": str(choice.replication),
    }


def restore(desk: Desk, data: object) -> None:
    """Put back what a page has kept, as far as it can be used; silent about the rest, for nobody typed it.

    Parameters
    ----------
    desk
        The desk.
    data
        What the page sent: anything.
    """
    for side in ("a", "b"):
        found = _choice(field(data, side))
        try:
            if found is not None:
                _ = found.resolved
                (desk.a if side == "a" else desk.b).set(found)
        except CeasefireError:
            continue
    hours = number(field(data, "hours"), 0.0)
    if hours > 0.0:
        from console.watch.controls import watched_of

        watched_of(desk).to(hours)
    desk.tab.set(one_of(field(data, "tab"), TABS, TABS[0]))
    desk.frame.set(desk.frame.value + 1)


def _choice(data: object) -> Choice | None:
    settings = field(data, "settings")
    if not isinstance(settings, dict) or len(settings) > MOST_SETTINGS:
        return None
    plain = {str(k): v for k, v in settings.items() if isinstance(v, str | int | float | bool)}
    days = field(data, "days")
    return Choice(
        framework=text(field(data, "framework")),
        text=text(field(data, "text")),
        scenario=text(field(data, "scenario")),
        settings=plain,
        days=None if days is None else number(days, -1.0),
        seed=_digits(field(data, "seed")),
        replication=_digits(field(data, "replication")),
    )


def _digits(given: object) -> int:
    found = text(given, longest=LONGEST)
    return int(found) if found.isascii() and found.isdigit() else -1

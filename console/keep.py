"""What a page keeps for itself, so that a reload finds it again: the choices, the tab, the hour."""

from __future__ import annotations

from typing import Any

from console.choice import HIGHEST_REPLICATION, HIGHEST_SEED, MOST_DAYS, Choice
from console.desk import TABS, Desk
from console.heard import heard, number, one_of, serial, text
from environment.errors import CeasefireError

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
        found = _choice(heard(data, side))
        try:
            if found is not None:
                _ = found.resolved
                (desk.a if side == "a" else desk.b).set(found)
        except CeasefireError:
            continue
    hours = number(data, "hours", 0.0, 24.0 * MOST_DAYS, 0.0) or 0.0
    if hours > 0.0:
        from console.watch.controls import watched_of

        watched_of(desk).to(hours)
    desk.tab.set(one_of(data, "tab", TABS, TABS[0]))
    desk.frame.set(desk.frame.value + 1)


def _choice(data: object) -> Choice | None:
    settings = heard(data, "settings")
    if not isinstance(settings, dict) or len(settings) > MOST_SETTINGS:
        return None
    plain = {str(k): v for k, v in settings.items() if isinstance(v, str | int | float | bool)}
    return Choice(
        framework=text(data, "framework"),
        text=own if isinstance(own := heard(data, "text"), str) else "",
        scenario=text(data, "scenario"),
        settings=plain,
        days=number(data, "days", 0.0, MOST_DAYS),
        seed=_digits(heard(data, "seed"), HIGHEST_SEED),
        replication=_digits(heard(data, "replication"), HIGHEST_REPLICATION),
    )


def _digits(given: object, highest: int) -> int:
    found = serial(given, highest)
    return -1 if found is None else found

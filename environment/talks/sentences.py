"""The events of the talks told in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from environment.talks.packages import issue_of, issues

type Told = dict[str, Any]

ARTICLE = {"United Kingdom", "United States", "Netherlands"}


def who(name: str | None) -> str:
    """A party or state as it stands in a sentence."""
    return f"the {name}" if name in ARTICLE else str(name)


SAID_ALWAYS = ("line", "guarantee")
"""Issues whose option is named even where it is the first one."""


def package_sentence(package: Mapping[str, str]) -> str:
    """A package (option by issue) in one breath: what differs from the first option of each issue."""
    parts = []
    for issue in issues():
        option = issue.options[issue.place(package[issue.name])]
        if option is not issue.options[0] or issue.name in SAID_ALWAYS:
            parts.append(option.label)
    return "; ".join(parts)


def _package(e: Told) -> str:
    return package_sentence(e["package"])


def _told(e: Told) -> str:
    return str(e.get("told") or _package(e))


MOST_CHANGES = 3
"""Changes of a package that are told as such; where there are more, it is told whole."""


class Retelling:
    """Tells an offer or a text by what it changes in the one before, which a reader can follow.

    It holds the package told last.
    """

    def __init__(self) -> None:
        self._last: Mapping[str, str] | None = None

    def changed(self, e: Told) -> Told:
        """The event with the sentence of its package under ``told`` (whole, or what has changed)."""
        last, self._last = self._last, e["package"]
        changes = (
            [] if last is None else [name for name, option in e["package"].items() if last[name] != option]
        )
        if last is None or len(changes) > MOST_CHANGES:
            return e | {"told": package_sentence(e["package"])}
        if not changes:
            return e | {"told": "the same again"}
        told = (f"{_issue(name)}: {_label(name, e['package'][name])}" for name in changes)
        return e | {"told": "as before, but " + "; ".join(told)}


def _label(issue: str, option: str) -> str:
    found = issue_of(issue)
    return found.options[found.place(option)].label


def _answer(e: Told) -> str:
    if e["accepts"] == "yes":
        return f"{who(e['actor'])} accepts"
    minded = f", minding above all: {_issue(e['objects_to'])}" if e["objects_to"] else ""
    return f"{who(e['actor'])} declines{minded}"


def _issue(name: str) -> str:
    title = issue_of(name).title
    return title[0].lower() + title[1:]


def _consulted(e: Told) -> str:
    if not e["vetoes"]:
        return f"{who(e['actor'])} would take its part in any of the {e['of']} packages"
    return f"{who(e['actor'])} rules out {e['vetoes']} of the {e['of']} packages"


def _talks_end(e: Told) -> str:
    why = {
        "agreement": "with an agreement",
        "deadline": "without agreement, the deadline having passed",
        "walkout": f"because {who(e['actor'])} sees nothing on the table that is better than the war",
        "breakdown": "for reasons outside them",
        "exhaustion": "because the war has ended of exhaustion",
        "horizon": "without agreement by the end of the time looked at",
    }
    return f"the talks end after {e['rounds']} rounds, {why[str(e['outcome'])]}"


def _returns(e: Told) -> str:
    answer = "comes back to the table" if e["returns"] == "yes" else "does not come back to the table"
    return f"{who(e['actor'])} {answer} (trust in the promises {e['trust']:.2f})"


TOLD_TALKS: dict[str, Callable[[Told], str]] = {
    "talks_begin": lambda e: f"talks number {e['talks']} begin",
    "front_moves": lambda e: (
        f"the front moves by {e['ground_km2']:.0f} km2; {e['donetsk_km2']:.0f} km2 of Donetsk oblast are left"
    ),
    "session_opens": lambda e: f"session {e['session']} opens in {e['venue']}",
    "consulted": _consulted,
    "offer": lambda e: f"{e['actor']} offers (round {e['round']}): {_told(e)}",
    "text_tabled": lambda e: f"{who(e['actor'])} tables a text (round {e['round']}): {_told(e)}",
    "answer": _answer,
    "agreement": lambda e: f"the parties agree in round {e['round']}: {_package(e)}",
    "talks_end": _talks_end,
    "return_considered": _returns,
    "war_goes_on": lambda e: (
        f"the war goes on; {e['ground_km2']:.0f} km2 are lost until the end of the time looked at"
    ),
    "war_ends": lambda e: (
        f"the war ends of exhaustion after {e['years']:.1f} years of fighting, along the line"
    ),
}
"""Event name -> sentence."""

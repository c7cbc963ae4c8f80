"""What a visitor lets the parties bargain over, and how: a setting of the talks, and the command that says the same."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from console.choice import HIGHEST_REPLICATION, HIGHEST_SEED, Choice, worded
from console.heard import serial, shorten
from environment.errors import BadInput
from environment.parameters import Value
from environment.talks.packages import OPEN, issues
from environment.talks.parameters import schema
from experiments.talks.setting import CONCEDING, Setting, resolve_talks

CHOSEN = ("talks.protocol", "talks.russia", "talks.ukraine", "talks.red_lines", "talks.conditionality")
"""Parameters of the talks that a visitor chooses from a list."""
STRATEGIES = ("talks.russia", "talks.ukraine")
RELIABILITY = "reliability"
LAW = "framework."
MOST: Mapping[str, float] = {
    "worth.runs": 1000,
    "talks.hypotheses": 500,
    "talks.meetings": 20,
    "talks.truces": 20,
    "talks.horizon_days": 3653,
}
"""The most that a page asks of its server; more runs by the command."""
MOST_ROUNDS = 300
"""Rounds before the deadline, on a page."""


@dataclass(frozen=True)
class TalksChoice:
    """Talks as their visitor put them together, over the cease-fire that is on the desk.

    Parameters
    ----------
    base
        Choice on the desk: its scenario and its settings hold under every package.
    guarantees
        Whether guarantees with a response are on the table.
    open
        Names of the open issues.
    left
        Options left of an issue, by its name; all where it is not named.
    chosen
        Values of `CHOSEN` that differ from their defaults.
    reliability
        Individual reliability at every tier; what the desk has where None.
    further
        Further settings, ``KEY=VALUE`` with spaces or line ends between them.
    seed, replication
        As text, the way they were typed.
    """

    base: Choice = field(default_factory=Choice)
    guarantees: bool = True
    open: tuple[str, ...] = tuple(issue.name for issue in issues())
    left: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    chosen: Mapping[str, str] = field(default_factory=dict, hash=False)
    reliability: float | None = None
    further: str = ""
    seed: str = "1"
    replication: str = "0"

    @cached_property
    def settings(self) -> dict[str, Value]:
        """Settings by dotted key, as after ``--set``.

        Raises
        ------
        BadInput
            A further setting that is none.
        """
        found = {key: value for key, value in self.base.settings.items() if not key.startswith(LAW)}
        if len(self.open) < len(issues()):
            found[OPEN] = " ".join(self.open)
        for issue in issues():
            left = self.left.get(issue.name)
            if left is not None and len(left) < len(issue.options):
                found[f"table.{issue.name}"] = "|".join(left)
        found |= self.chosen
        if self.reliability is not None:
            found = {key: value for key, value in found.items() if not key.startswith(f"{RELIABILITY}.")}
            found[RELIABILITY] = self.reliability
        return found | _pairs(self.further)

    @cached_property
    def resolved(self) -> Setting:
        """The setting as it is run.

        Raises
        ------
        BadInput
            What cannot be used, and what can.
        """
        _ = self.seed_number, self.replication_number
        for key, value in self.settings.items():
            if isinstance(value, str) and ".py" in value:
                raise BadInput(key, value, "a shipped rule (a party of your own runs by `ceasefire run`)")
        _ = self.base.resolved
        setting = resolve_talks(self._framework, self.base.scenario, self.settings)
        for key, most in MOST.items():
            if float(setting.values[key]) > most:
                raise BadInput(
                    key, setting.values[key], f"at most {most:g} on a page; the command takes more"
                )
        values = {
            key: float(setting.values[f"talks.{key}"]) for key in ("deadline_days", "session_days", "rounds")
        }
        held = values["deadline_days"] / values["session_days"] * values["rounds"]
        if held > MOST_ROUNDS:
            allowed = f"at most {MOST_ROUNDS} rounds before the deadline on a page; the command takes more"
            raise BadInput("talks.rounds", f"{held:.0f} rounds", allowed)
        return setting

    @property
    def _framework(self) -> str:
        return "multi-tier" if self.guarantees else "observe-only"

    @property
    def seed_number(self) -> int:
        """The seed."""
        return _whole("seed", self.seed, HIGHEST_SEED)

    @property
    def replication_number(self) -> int:
        """The replication."""
        return _whole("replication", self.replication, HIGHEST_REPLICATION)

    @property
    def set_aside(self) -> list[str]:
        """What of the choice on the desk does not hold in talks, in words."""
        said = []
        if self.base.text or any(key.startswith(LAW) for key in self.base.settings):
            said.append("changes of the framework, since the terms agreed decide it")
        if self.base.days is not None:
            said.append("the horizon, since a course of talks has its own (talks.horizon_days)")
        return said

    def command(self) -> str:
        """The command that tells the same course."""
        words = ["ceasefire", "talks"]
        if self.base.scenario != "baseline":
            words += ["--scenario", self.base.scenario]
        for key, value in self.settings.items():
            words += ["--set", f"{key}={worded(value)}"]
        words += ["--seed", str(self.seed_number)]
        if self.replication_number:
            words += ["--replication", str(self.replication_number)]
        if not self.guarantees:
            words.append("--without-guarantees")
        return shlex.join(words)

    def allowed(self, key: str) -> tuple[str, ...]:
        """What may be chosen for a key of `CHOSEN`, given the rest."""
        mediated = self.value("talks.protocol") == "mediated"
        return CONCEDING if key in STRATEGIES and mediated else schema()[key].choices

    def value(self, key: str) -> str:
        """The value of a key of `CHOSEN`."""
        return str(self.chosen.get(key, schema()[key].value))

    def with_value(self, key: str, value: str) -> TalksChoice:
        """The same with another value of a key of `CHOSEN`; a strategy that no longer fits falls back."""

        def kept(chosen: Mapping[str, str]) -> dict[str, str]:
            return {k: v for k, v in chosen.items() if v != schema()[k].value}

        found = replace(self, chosen=kept({**self.chosen, key: value}))
        fitting = {k: v for k, v in found.chosen.items() if v in found.allowed(k)}
        return replace(found, chosen=fitting)


def _pairs(text: str) -> dict[str, Value]:
    """Settings out of ``KEY=VALUE`` with spaces or line ends between them."""
    found: dict[str, Value] = {}
    for word in shlex.split(text) if _closed(text) else [text]:
        key, sign, value = word.partition("=")
        if not sign or not key or not value:
            raise BadInput("further settings", word, "KEY=VALUE, e.g. talks.deadline_days=90")
        found[key] = value
    return found


def _closed(text: str) -> bool:
    """Whether every quotation mark has its other."""
    try:
        shlex.split(text)
    except ValueError:
        return False
    return True


def _whole(name: str, text: str, highest: int) -> int:
    found = serial(text.strip().lstrip("0") or text.strip()[-1:], highest)
    if found is None:
        raise BadInput(name, shorten(text), f"a whole number from 0 to {highest}")
    return found

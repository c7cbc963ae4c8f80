"""What a visitor has chosen to look at: a scenario and its random numbers, and the command that says the same."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from environment import frameworks, tables
from environment.errors import BadInput
from environment.framework_files import read_text
from environment.frameworks import DATA, Framework
from environment.parameters import Value, defaults
from experiments.scenario import Scenario, resolve, shipped

HIGHEST_SEED, HIGHEST_REPLICATION = 2**64 - 1, 2**32 - 1
WHOLE = 1e15
"""Whole numbers below it are said without a point."""
MOST_SAID = 3
"""Changes that a title says one by one."""
MOST_DAYS = 3653.0
"""The longest run that a page shows, in days: a session's log must not fill the memory that all share."""


@dataclass(frozen=True)
class Choice:
    """A scenario as its visitor put it together, with the seed and the replication that it runs on.

    Parameters
    ----------
    framework
        Name of a shipped framework: the one that runs, or the one that `text` was edited from.
    text
        TOML of a framework of the visitor's own; empty for the shipped one.
    scenario
        Name of a shipped scenario.
    settings
        Values by dotted key, as after ``--set``.
    days
        Horizon in days; the scenario's own where None.
    seed
        0 to 2**64 - 1.
    replication
        0 to 2**32 - 1.
    """

    framework: str = "multi-tier"
    text: str = ""
    scenario: str = "baseline"
    settings: Mapping[str, Value] = field(default_factory=dict, hash=False)
    days: float | None = None
    seed: int = 1
    replication: int = 0

    @cached_property
    def resolved(self) -> Scenario:
        """The scenario as engines run it.

        Raises
        ------
        BadInput
            What cannot be used, and what can. Nothing on a page names a file: neither a framework, nor a
            scenario, nor a party in plain Python.
        """
        _shipped("framework", self.framework, frameworks.shipped())
        self._check_numbers()
        for key, value in self.settings.items():
            if isinstance(value, str) and ".py" in value:
                raise BadInput(key, value, "a shipped rule (a party of your own runs by `ceasefire run`)")
        law = own_framework(self.text) if self.text else self.framework
        found = resolve(law, self.scenario, self.settings, self.days)
        days = float(found.values["scenario.days"])
        if days > MOST_DAYS:
            raise BadInput(
                "scenario.days", days, f"at most {MOST_DAYS:g} on a page (`ceasefire run` takes more)"
            )
        return found

    def _check_numbers(self) -> None:
        _shipped("scenario", self.scenario, shipped())
        for name, value, highest in (
            ("seed", self.seed, HIGHEST_SEED),
            ("replication", self.replication, HIGHEST_REPLICATION),
        ):
            if not 0 <= value <= highest:
                raise BadInput(name, value, f"a whole number from 0 to {highest}")

    @property
    def title(self) -> str:
        """The framework's title with what was changed in it: what stands in headings, legends and saved figures."""
        return self.resolved.framework.title + self._changes()

    def _changes(self) -> str:
        """In brackets: the scenario where it is not the default, and the first of what was set by hand."""
        said = [f"scenario {self.scenario}"] if self.scenario != "baseline" else []
        edited = self._by_settings if self.text else (self.framework, dict(self.settings))
        if edited is None:
            said += ["clauses of its own", *(f"{k}={worded(v)}" for k, v in self.settings.items())]
        else:
            said += [f"{key.removeprefix('framework.')}={worded(value)}" for key, value in edited[1].items()]
        if self.days is not None and "scenario.days" not in self.settings:
            said.append(f"{self.days:g} days")
        more = [f"{len(said) - MOST_SAID} more changes"] if len(said) > MOST_SAID + 1 else said[MOST_SAID:]
        return f" ({', '.join([*said[:MOST_SAID], *more])})" if said else ""

    def command(self) -> str:
        """The command that runs the same."""
        law, settings = self.framework, dict(self.settings)
        if self.text:
            law, settings = self._by_settings or (f"{self.resolved.framework.name}.toml", settings)
        words = ["ceasefire", "run", "--framework", law]
        if self.scenario != "baseline":
            words += ["--scenario", self.scenario]
        for key, value in settings.items():
            words += ["--set", f"{key}={worded(value)}"]
        if self.days is not None:
            words += ["--days", worded(self.days)]
        words += ["--seed", str(self.seed)]
        if self.replication:
            words += ["--replication", str(self.replication)]
        return shlex.join(words)

    def needs_file(self) -> bool:
        """Whether the command needs the framework's file beside it: no settings of a shipped one say the same."""
        return bool(self.text) and self._by_settings is None

    @cached_property
    def _by_settings(self) -> tuple[str, dict[str, Value]] | None:
        """The shipped framework and the settings that make it the edited one, where there are such."""
        mine = frameworks.leaves(self.resolved.framework)
        theirs = frameworks.leaves(resolve(self.framework).framework)
        if set(mine) != set(theirs):
            return None
        changed = {f"framework.{k}": mine[k].value for k in mine if mine[k].value != theirs[k].value}
        settings = {**changed, **self.settings}
        try:
            same = resolve(self.framework, self.scenario, settings, self.days)
        except BadInput:
            return None
        return (self.framework, settings) if same.digest() == self.resolved.digest() else None

    def scenario_file(self) -> str:
        """The scenario as a file for ``--scenario``: what is not at its default, and clauses that were set."""
        usual = defaults()
        lines = [f'name = "my-scenario"\ntitle = {json.dumps("From the console: " + self.scenario)}\n\n[set]']
        values = {k: v for k, v in self.resolved.values.items() if v != usual[k]}
        clauses = {k: v for k, v in self.settings.items() if k.startswith("framework.")}
        lines += [f"{json.dumps(key)} = {toml_value(value)}" for key, value in (values | clauses).items()]
        return "\n".join(lines) + "\n"

    def framework_file(self) -> str:
        """The framework as a file for ``--framework``, under a name of its own."""
        return self.text or starting_text(self.framework)


def _shipped(field_name: str, given: str, names: tuple[str, ...]) -> None:
    if given not in names:
        raise BadInput(field_name, given, f"one of {', '.join(names)}")


def own_framework(text: str) -> Framework:
    """A framework that a visitor wrote, checked.

    Raises
    ------
    BadInput
        The first fault of the text, by line and field.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput("text", repr(text[error.start]), "characters that a file can hold") from None
    law = frameworks.from_text(text, "your framework", known_states=[s.iso3 for s in tables.states()])
    if law.name in frameworks.shipped():
        raise BadInput("name", law.name, "a name that no shipped framework has", where="your framework")
    return law


def starting_text(name: str) -> str:
    """The text of a shipped framework, under a name of its own, to be edited."""
    text = read_text(DATA / "frameworks" / f"{name}.toml")
    return text.replace(f'name = "{name}"', f'name = "my-{name}"', 1)


def worded(value: object) -> str:
    """A value as ``--set`` reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | set | frozenset):
        return ",".join(str(each) for each in value)
    if isinstance(value, float) and value.is_integer() and abs(value) < WHOLE:
        return str(int(value))
    return str(value)


def toml_value(value: Value) -> str:
    """A value as TOML has it (numbers, yes or no, and plain text are as in JSON)."""
    return json.dumps(value)

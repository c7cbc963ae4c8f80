"""A course of talks as the page holds it: put together so that little is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from analysis.talks import zone_errors
from analysis.talks_rounds import Round, rounds, talks_story
from analysis.talks_space import Picture, picture
from analysis.talks_space_figure import draw_space
from analysis.talks_told import BATCHES, PROTOCOLS, about, summary, why, with_absolute_red_lines
from console.choice import MOST_SAID, worded
from console.drawing import DRAWING
from console.talks.choice import TalksChoice
from environment.log import Row, lines
from environment.rules.draws import DAY
from environment.talks.protocols import AGREED
from experiments.talks.course import Course, Truce
from experiments.talks.measure import zone_outcomes
from experiments.talks.setting import Setting

if TYPE_CHECKING:
    from experiments.talks.worth import Worth


@dataclass(frozen=True)
class ZoneLine:
    """Shares of packages on the table; NaN where there is no such package. `error`: standard error of `both`."""

    name: str
    russia: float
    ukraine: float
    both: float
    error: float
    room: float


@dataclass(frozen=True, eq=False)
class Talk:
    """One round of talks of a course: why it ended so, its rounds, and its picture."""

    number: int
    began_day: float
    why: str
    agreed: int  # code of the package, or -1
    held: int  # rounds, those in which nobody had anything to offer included
    rounds: tuple[Round, ...]
    picture: Picture


@dataclass(frozen=True, eq=False)
class Found:
    """A course of talks, all that the page shows of it."""

    choice: TalksChoice
    about: str
    said: Mapping[str, Any]  # as ``ceasefire talks --format json`` has it
    talks: tuple[Talk, ...]
    zone: tuple[ZoneLine, ...]
    truces: tuple[Truce, ...]
    rows: Sequence[Row]
    runs: int  # simulated runs a cease-fire
    drawn: dict[int, dict[str, bytes]] = field(default_factory=dict)

    def story(self) -> list[str]:
        """The course in sentences."""
        return list(talks_story(self.rows))

    def log(self) -> str:
        """The event log, one event a line."""
        return "\n".join(lines(self.rows)) + "\n"

    def json(self) -> str:
        """The summary as ``ceasefire talks --format json`` prints it."""
        return json.dumps(self.said, indent=2) + "\n"

    def figure(self, number: int) -> dict[str, bytes]:
        """``space.svg`` and ``space.png`` of talks number `number`, from 0."""
        with DRAWING:
            if number not in self.drawn:
                one = self.talks[number]
                self.drawn[number] = draw_space(one.picture, caption(self, one))
            return self.drawn[number]


def put_together(choice: TalksChoice, setting: Setting, worth: Worth, course: Course) -> Found:
    """What the page shows of a course."""
    told = rounds(course.rows)
    talks = []
    for number, meeting in enumerate(course.meetings):
        mine = tuple(r for r in told if r.talks == number + 1)
        agreed = int(setting.space.codes[meeting.agreed]) if meeting.outcome == AGREED else -1
        seen = picture(setting.space, meeting, mine)
        talks.append(Talk(number, meeting.began / DAY, why(meeting), agreed, meeting.rounds, mine, seen))
    said = summary(setting, worth, course, choice.seed_number, choice.replication_number)
    runs = int(setting.values["worth.runs"])
    zone = _zone(setting, worth, course)
    return Found(choice, about(setting), said, tuple(talks), zone, tuple(course.truces), course.rows, runs)


def _zone(setting: Setting, worth: Worth, course: Course) -> tuple[ZoneLine, ...]:
    """The zone when the first talks began: with and without a response, and with absolute red lines."""
    errors = zone_errors(setting, worth, course.values, BATCHES)
    plain = zone_outcomes(course.meetings[0], worth.responds)
    absolute = with_absolute_red_lines(setting, worth, course)
    return (
        _line("all packages", plain, "", errors["zone"]),
        _line("with a response to breaches", plain, "_with_response", errors["zone_with_response"]),
        _line("without one", plain, "_without_response", errors["zone_without_response"]),
        _line("with one, red lines absolute", absolute, "_with_response", float("nan")),
    )


def _line(name: str, outcomes: Mapping[str, Any], key: str, error: float) -> ZoneLine:
    russia, ukraine, both, room = (
        float(outcomes[f"{what}{key}"]) for what in ("accepts_russia", "accepts_ukraine", "zone", "room")
    )
    return ZoneLine(name, russia, ukraine, both, error, room)


def changes(choice: TalksChoice) -> str:
    """What was set, in brackets after the scenario: the first of it in words, the rest as a number."""
    said = [f"{key}={worded(value)}" for key, value in choice.settings.items()]
    said += [] if choice.guarantees else ["without guarantees"]
    if len(said) > MOST_SAID + 1:
        said[MOST_SAID:] = [f"{len(said) - MOST_SAID} more settings"]
    return f" ({', '.join(said)})" if said else ""


def caption(found: Found, talk: Talk) -> str:
    """What a reader of the figure must know."""
    seen, choice = talk.picture, found.choice
    refused = len(seen.drawn) - int(seen.drawn.sum())
    off = f" {refused} packages cross an absolute red line and are off the scale." if refused else ""
    which = f", talks number {talk.number + 1}" if talk.number else ""
    protocol = PROTOCOLS[choice.value("talks.protocol")]
    return (
        f"{len(seen.open)} packages; {protocol}; scenario {choice.base.scenario}{changes(choice)}, "
        f"seed {choice.seed_number}, replication {choice.replication_number}{which}. Gains "
        "when the talks began, 1 being a year of the war as it "
        f"stands.{off} What cease-fires bring is simulated ({found.runs} runs each); stakes are judged."
    )

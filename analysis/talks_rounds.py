"""The log of talks put together round by round: what was offered or tabled, what changed in it, who answered how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from environment.log import Event, Row, record
from environment.rules.draws import DAY
from environment.sentences import story
from environment.talks.packages import issue_of
from environment.talks.sentences import TOLD_TALKS, Retelling

ALWAYS = {"ceasefire_begins", "ending"}
"""What is told of a truce even where only the talks are of interest."""


@dataclass(frozen=True)
class Answer:
    """A party's answer to an offer or a text; `minds` is the title of the issue objected to, or empty."""

    party: str
    accepts: bool
    minds: str


@dataclass(frozen=True)
class Round:
    """One round of talks.

    Parameters
    ----------
    talks
        Which talks of the course, from 1.
    number
        Of the round in these talks, from 1.
    day
        Since the course began.
    session, venue
        The meeting that it belongs to.
    by
        Who offers, or tables the text.
    code
        Of the package.
    told
        The package in words: whole, or what has changed since the round before in these talks.
    answers
        In the order in which they were given.
    """

    talks: int
    number: int
    day: float
    session: int
    venue: str
    by: str
    code: int
    told: str
    answers: tuple[Answer, ...]


def rounds(rows: Iterable[Row]) -> list[Round]:
    """Every round of a course in which something was offered or tabled, in order.

    Parameters
    ----------
    rows
        Log of the course.
    """
    found: list[Round] = []
    retelling = Retelling()
    talks, session, venue = 0, 0, ""
    for row in rows:
        event = Event(row.event)
        if event is Event.TALKS_BEGIN:
            talks, retelling = int(row.x), Retelling()
        elif event is Event.SESSION_OPENS:
            told = record(row)
            session, venue = int(told["session"]), str(told["venue"])
        elif event in (Event.OFFER, Event.TEXT_TABLED):
            told = retelling.changed(record(row))
            by, words = str(told["actor"]), str(told["told"])
            found.append(Round(talks, int(row.y), row.time / DAY, session, venue, by, int(row.x), words, ()))
        elif event is Event.ANSWER:
            found[-1] = _answered(found[-1], row)
    return found


def _answered(so_far: Round, row: Row) -> Round:
    told = record(row)
    minds = issue_of(told["objects_to"]).title if told["objects_to"] else ""
    answer = Answer(str(told["actor"]), told["accepts"] == "yes", minds)
    return replace(so_far, answers=(*so_far.answers, answer))


def talks_story(rows: Iterable[Row], everything: bool = False) -> Iterator[str]:
    """The story of a course: the talks in full; of the truces only their beginning and ending, unless all is asked for.

    Parameters
    ----------
    rows
        Log of the course.
    everything
        Whether the truces are told in full too.
    """
    return story(rows if everything else [row for row in rows if _of_the_talks(row)], everything)


def _of_the_talks(row: Row) -> bool:
    name = Event(row.event).name.lower()
    return name in TOLD_TALKS or name in ALWAYS

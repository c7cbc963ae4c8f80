"""The two protocols: stacked alternating offers, and one text that the mediator tables and the parties answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from environment.log import Event, usa
from environment.talks.packages import RUSSIA, UKRAINE

if TYPE_CHECKING:
    from environment.talks.model import TalksModel

AGREED, DEADLINE, WALKOUT, BREAKDOWN, HORIZON = range(5)
"""How talks end: places in `log.TALKS_ENDINGS`."""


def alternating(talks: TalksModel) -> None:
    """One turn of alternating offers: a party offers, the other accepts or speaks next (Rubinstein 1982).

    Whoever is consulted has said beforehand what it will underwrite, and nothing else can be offered, so the
    two principals' consent is the last (the stacked form of the protocol: Aydogan et al. 2017).
    """
    p = talks.progress
    p.rounds += 1
    side, other = p.speaker, 1 - p.speaker
    turn = talks.turn()
    package = talks.table.principals[side].proposes(turn)
    p.speaker = other
    if package < 0:
        return
    code = float(talks.space.codes[package])
    talks.note(Event.OFFER, side, x=code, y=float(p.rounds))
    answering = talks.table.principals[other]
    answering.hears(turn, package)
    accepts = answering.answers(turn, package)
    talks.note(Event.ANSWER, other, x=code, y=float(accepts), z=-1.0)
    if accepts:
        talks.agreed = package
        talks.end(AGREED)


def mediated(talks: TalksModel) -> None:
    """One round of a mediated single text: it is tabled, both answer, and say what they mind (Raiffa 1982)."""
    p = talks.progress
    p.rounds += 1
    turn = talks.turn()
    text = talks.table.mediator.tables(turn, p.text, p.objections, frozenset(p.refused))
    if text < 0:  # every neighbour has been refused: a fresh start next time
        p.text, p.objections = -1, ()
        p.refused.clear()
        return
    code = float(talks.space.codes[text])
    talks.note(Event.TEXT_TABLED, usa(), x=code, y=float(p.rounds))
    objections = []
    for side in (RUSSIA, UKRAINE):
        delegation = talks.table.principals[side]
        if not delegation.answers(turn, text):
            objections.append(delegation.objects(text))
            talks.note(Event.ANSWER, side, x=code, y=0.0, z=float(objections[-1]))
        else:
            talks.note(Event.ANSWER, side, x=code, y=1.0, z=-1.0)
    if not objections:
        talks.agreed = text
        talks.end(AGREED)
        return
    p.text, p.objections = text, tuple(objections)
    p.refused.add(text)


PROTOCOLS: dict[str, Callable[[TalksModel], None]] = {"alternating": alternating, "mediated": mediated}

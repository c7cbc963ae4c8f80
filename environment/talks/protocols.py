"""The two protocols: stacked alternating offers, and one text that the mediator tables and the parties answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from environment.log import Event, usa
from environment.talks.packages import RUSSIA, UKRAINE

if TYPE_CHECKING:
    from environment.talks.model import TalksModel
    from environment.talks.parties import Turn

AGREED, DEADLINE, WALKOUT, BREAKDOWN, HORIZON, EXHAUSTION = range(6)
"""How talks end: places in `log.TALKS_ENDINGS`."""


def alternating(talks: TalksModel) -> None:
    """One turn of alternating offers: a party offers, the other accepts or speaks next (Rubinstein 1982).

    Whoever is consulted has said beforehand what it will underwrite, and nothing else can be offered, so the
    two principals' consent is the last (the stacked form of the protocol: Aydoğan et al. 2017).
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
    if turn.opening:
        p.refused.clear()  # the parties concede from session to session: what was refused may be tabled again
    text = talks.table.mediator.tables(turn, p.text, p.objections, frozenset(p.refused))
    p.text, p.objections = text, {}
    if text < 0:
        return
    code = float(talks.space.codes[text])
    talks.note(Event.TEXT_TABLED, usa(), x=code, y=float(p.rounds))
    for side in (RUSSIA, UKRAINE):
        _answer(talks, turn, side, text)
    if not p.objections:
        talks.agreed = text
        talks.end(AGREED)
    p.refused.add(text)


def _answer(talks: TalksModel, turn: Turn, side: int, text: int) -> None:
    """A party answers a text; if it declines, it says what it minds most."""
    delegation = talks.table.principals[side]
    accepts = delegation.answers(turn, text)
    if not accepts:
        talks.progress.objections[side] = delegation.objects(text)
    minded = float(talks.progress.objections.get(side, -1))
    talks.note(Event.ANSWER, side, x=float(talks.space.codes[text]), y=float(accepts), z=minded)
    talks.table.mediator.hears(turn, side, text, accepts)


PROTOCOLS: dict[str, Callable[[TalksModel], None]] = {"alternating": alternating, "mediated": mediated}

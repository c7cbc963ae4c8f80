"""Talks run in the background, and a truce of theirs as something that can be watched."""

from __future__ import annotations

from console.choice import Choice
from console.talks.choice import TalksChoice
from console.talks.found import Found, put_together
from console.work import Tell
from environment.errors import CeasefireError
from environment.talks.packages import options_of
from experiments.talks.course import Truce
from experiments.talks.terms import framework_of

SIMULATING = "simulating what cease-fires would bring"
COMPILING = (
    "making the engine ready: the first talks after an installation or an update wait a minute or two for it"
)
TALKING = "the parties reckon and talk"
DRAWING = "putting it together"


def talk(choice: TalksChoice, tell: Tell) -> Found:
    """Run a course of talks.

    Parameters
    ----------
    choice
        What the visitor chose.
    tell
        Hears how far it is.

    Raises
    ------
    BadInput
        For anything that cannot be used.
    """
    from experiments.talks.engine import course, prepare
    from experiments.warmup import warm

    setting = choice.resolved
    tell(COMPILING, 0, 0)
    warm("compiled")
    tell(COMPILING, 0, 0)
    warm("log")
    worth = prepare(setting, lambda done, of: tell(SIMULATING, done, of))
    seed, replication = choice.seed_number, choice.replication_number
    found = course(setting, seed, replication, "compiled", told=lambda done, of: tell(TALKING, done, of))
    tell(DRAWING, 0, 0)
    told = put_together(choice, setting, worth, found)
    told.figure(0)
    return told


def truce_choice(found: Found, truce: Truce) -> tuple[Choice | None, str]:
    """The truce as a choice that can be watched, or why it cannot be.

    Parameters
    ----------
    found
        The course.
    truce
        One of its truces.

    Returns
    -------
    choice, words
        The choice, whose scenario is the very one that was run; None with the reason where there is none.
    """
    name = framework_of(options_of(truce.code))
    base = found.choice.base
    choice = Choice(
        framework=name,
        scenario=base.scenario,
        settings=dict(truce.scenario.settings),
        seed=truce.seed,
        replication=found.choice.replication_number,
    )
    try:
        same = choice.resolved.digest() == truce.scenario.digest()
    except CeasefireError as error:
        return None, f"It cannot be watched: {error}"
    if not same:
        return None, "It cannot be watched: put together again, the cease-fire is not the one that was run."
    return choice, ""

"""Who was asked what at one instant, how likely each answer was, and what was answered; asking changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from agents.coalition import State
from agents.leadership import Leadership
from agents.rules.choice import subjective
from agents.russia import Persisting
from agents.ukraine import Holding, Ukraine
from console.watch.minds import unchanged
from console.watch.run import Watched
from environment.parties import Call, Outlook, Reply, Situation

type Seen = Call | Situation | Reply | Outlook
OPTIONS = {"at_opportunity": 6, "at_review": 3}
"""Number of answers to what has more than two."""
YES_OR_NO = ("gives_up", "replies")
HALVINGS = 50
"""Steps by which a chance is read from the answers to other draws; far finer than what is shown."""


@dataclass(frozen=True)
class Decision:
    """One decision.

    Parameters
    ----------
    asked
        Name of the method of the contract.
    seen
        What the one who decides was shown, the uniform draw ``u`` included.
    answer
        What was answered.
    chances
        Of every option in order; of yes alone where the answer is yes or no.
    felt
        What each option was felt to be worth against the first; empty where nothing is weighed so.
    own
        What of the one who decides bore on it, by name.
    """

    asked: str
    seen: Seen
    answer: int
    chances: tuple[float, ...]
    felt: tuple[float, ...]
    own: dict[str, float]


class Witness:
    """Writes down every decision while it is present, by the place in the log of the row that tells it.

    A decision is entered in the log at once, so the length of the log when it is asked for is that place.

    Parameters
    ----------
    run
        The run, before that instant.
    """

    def __init__(self, run: Watched) -> None:
        self.decisions: dict[int, Decision] = {}
        self._run = run
        self._covered: list[tuple[Any, str]] = []

    def __enter__(self) -> Self:
        for member in self._run.model.parties.responders:
            if isinstance(member, State):
                self._cover(member, "honours", self._called)
        for side in (0, 1):
            party = self._run.leadership(side)
            for method in (*OPTIONS, *YES_OR_NO):
                if hasattr(party, method):
                    self._cover(party, method, self._chosen)
        return self

    def __exit__(self, *_: object) -> None:
        for who, method in self._covered:
            delattr(who, method)

    def _cover(self, who: Any, method: str, read: Callable[..., Decision]) -> None:
        decide = getattr(who, method)

        def covered(seen: Any) -> Any:
            place = len(self._run.model.log)
            with unchanged(who):
                found = read(who, method, decide, seen)
            answer = decide(seen)
            self.decisions[place] = Decision(**{**vars(found), "answer": int(answer)})
            return answer

        setattr(who, method, covered)
        self._covered.append((who, method))

    @staticmethod
    def _called(who: State, method: str, _: Any, seen: Call) -> Decision:
        own = {
            "its reliability at the reference state": float(who.world.reliability[seen.tier]),
            "its will": who.base_will + who.mood,
            "its fatigue": who.fatigue_at(seen.hours),
        }
        return Decision(method, seen, 0, (who.probability(seen),), (), own)

    @staticmethod
    def _chosen(who: Leadership, method: str, decide: Any, seen: Any) -> Decision:
        def answer(u: float) -> int:
            return int(decide(seen._replace(u=u)))

        own: dict[str, float] = {}
        felt: tuple[float, ...] = ()
        if method in YES_OR_NO:
            chances: tuple[float, ...] = (_first(lambda u: not answer(u)),)
            if isinstance(who, Ukraine):
                expected = who.partners(seen.hours, seen.ramp, seen.in_force)
                own["its belief that its partners answer"] = expected
        else:
            count = OPTIONS[method]
            ends = [_first(lambda u, k=k: answer(u) > k) for k in range(count - 1)]  # type: ignore[misc]
            chances = tuple(high - low for low, high in zip([0.0, *ends], [*ends, 1.0], strict=True))
            felt = () if scripted(who) else felt_worths(who, method, seen)
        return Decision(method, seen, 0, chances, felt, own)


def scripted(party: Leadership) -> bool:
    """Whether a leadership follows a script and weighs nothing."""
    return isinstance(party, Persisting | Holding)


def felt_worths(party: Leadership, method: str, situation: Situation) -> tuple[float, ...]:
    """What each option is felt to be worth against the first (R20); minus infinity where there is none."""
    values = party.prospects(situation) if method == "at_opportunity" else party.review_values(situation)
    rule = party.rule
    return tuple(subjective(value - values[0], rule.curvature, rule.loss_aversion) for value in values)


def _first(past: Callable[[float], bool]) -> float:
    """The least draw at which something holds that holds from there on; 1 where it never does."""
    low, high = 0.0, 1.0
    if past(low):
        return low
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if past(middle) else (middle, high)
    return high

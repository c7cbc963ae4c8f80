"""A decision that A and B have at the same hour, in sentences: the draw that both share, and the chances it met."""

from __future__ import annotations

from agents.decision_rules import decision_rules
from console.ask.before import both, unlike
from console.ask.witness import Decision, scripted
from console.watch.run import Watched
from environment import tables
from environment.casebook import CAME, WILL_NOT
from environment.log import FIRST_STATE, STANCES, Event, Row, actor_name
from environment.parameters import level_names
from environment.world import SIDES

DECIDED = {
    Event.RESPONSE_DECIDED: "honours",
    Event.OPPORTUNITY: "at_opportunity",
    Event.REVIEW: "at_review",
    Event.REPLY: "replies",
    Event.STRATEGIC_REVIEW: "gives_up",
}
"""Events that tell a decision, with what was asked."""
OCCASIONS = {
    "honours": "is called",
    "at_opportunity": "has an opportunity",
    "at_review": "reviews its violation",
    "replies": "considers a reply",
    "gives_up": "reviews the cease-fire",
}
YES_NO = {
    "honours": ("keeps its promise", "does not", "keeping its promise"),
    "replies": ("retaliates", "holds and reports", "retaliating"),
    "gives_up": ("gives the cease-fire up", "keeps to it", "giving the cease-fire up"),
}
"""What yes and no mean, and what has the chance."""
STEPS = ("stopping", "persisting", "escalating")
STEPPED = ("stops", "persists", "escalates")
SEEN = {
    "level": "the level of its violation",
    "value": "the value of the opportunity",
    "clock": "the clock (h)",
    "age": "the age of its violation (h)",
    "confirmed": "whether the breach is confirmed",
    "tiers": "what has come of the tiers",
    "ramp": "the share of the force that is deployed",
    "in_force": "whether the framework is in force",
    "attention": "how much attention there is",
    "readiness": "its readiness",
    "assessed_level": "the assessed level",
    "severity": "the assessed severity",
    "own_level": "the level of its own violation",
    "standing": "its standing with its partners",
    "unanswered": "the violence that went unanswered (line-days)",
    "automatic": "whether it is bound to act without deciding",
    "posterior": "how sure the evidence is",
    "record": "the record of confirmed breaches",
    "share": "the share of those called that has committed so far",
    "expected_share": "the share that was to be expected by then",
    "backing": "the backing by the US",
    "stance": "the stance of the US",
}
"""What those who decide see, in words."""


def of_both(runs: tuple[Watched, ...], row: Row, found: tuple[Decision, Decision]) -> list[str]:
    """The same decision in A and in B.

    Parameters
    ----------
    runs
        A and B.
    row
        The event that tells the decision, in either of them.
    found
        The decision in A, in B.
    """
    one, other = found
    name, same = who(row), one.seen.u == other.seen.u
    draw = f"the same draw {one.seen.u:.3f}" if same else f"the draws {one.seen.u:.3f} and {other.seen.u:.3f}"
    did = [answer_of(each) for each in found]
    if one.asked in YES_NO:
        what, (p, its) = YES_NO[one.asked][2], (f"{each.chances[0]:.3f}" for each in found)
        if unlike(one.chances[0], other.chances[0]):
            p, its = both(one.chances[0], other.chances[0])
        said = [
            f"{name} meets {draw} with a probability of {what} of {p} in A and {its} in B: in A it {did[0]}, in B "
            f"it {did[1]}."
        ]
    else:
        where = f" in the {tables.sectors()[row.sector].name} sector" if row.sector >= 0 else ""
        said = [f"{name}{where} meets {draw}: in A it {did[0]}, in B it {did[1]}."]
    if row.actor < len(SIDES):
        said += _rules(runs, row.actor, found)
    return [*said, *_seen(found)]


def of_one(runs: tuple[Watched, ...], row: Row, found: Decision, letter: str) -> list[str]:
    """A decision that only A or only B has at that hour."""
    other = "B" if letter == "A" else "A"
    chance = f" with a probability of {found.chances[0]:.3f}" if found.asked in YES_NO else ""
    said = [
        f"Only in {letter} {who(row)} {OCCASIONS[found.asked]} at that hour: it meets the draw "
        f"{found.seen.u:.3f}{chance} and {answer_of(found)}. In {other} it is not asked then."
    ]
    if found.felt:
        said.append(f"In {letter} {_weighed(found)}.")
    return said


def who(row: Row) -> str:
    """The name of the one who decides."""
    return str(
        tables.states()[row.actor - FIRST_STATE].name if row.actor >= FIRST_STATE else actor_name(row.actor)
    )


def answer_of(found: Decision) -> str:
    """What was decided, as a verb."""
    if found.asked in YES_NO:
        return YES_NO[found.asked][0 if found.answer else 1]
    if found.asked == "at_review":
        return STEPPED[found.answer]
    return f"orders {_level(found.answer)}" if found.answer else "complies"


def _level(level: int) -> str:
    return f"{level_names()[level - 1].replace('_', ' ')} (level {level})"


def rule_of(run: Watched, side: int) -> str:
    """The name of a side's decision rule: that of its type where types are drawn."""
    named = str(run.choice.resolved.values[f"rules.{SIDES[side].lower()}"])
    if named != "types":
        return named
    mine = run.leadership(side).rule
    return next(
        f"{name} (the type that was drawn)" for name, rule in decision_rules().items() if rule == mine
    )


def _rules(runs: tuple[Watched, ...], side: int, found: tuple[Decision, Decision]) -> list[str]:
    """The rules where they differ, and what each party felt where it weighs anything."""
    names = [
        rule_of(run, side) + (" (a script that weighs nothing)" if scripted(run.leadership(side)) else "")
        for run in runs
    ]
    said = []
    if names[0] != names[1]:
        said.append(f"In A it follows the rule {names[0]}, in B {names[1]}.")
    if found[0].felt and found[0].felt == found[1].felt and found[0].chances == found[1].chances:
        return [*said, f"In both {_weighed(found[0])}."]
    return said + [
        f"In {letter} {_weighed(each)}." for letter, each in zip("AB", found, strict=True) if each.felt
    ]


def _weighed(found: Decision) -> str:
    """Each option with what it felt like and its chance."""
    names = STEPS if found.asked == "at_review" else ("complying", *(_level(k) for k in range(1, 6)))
    options = [
        f"{name} feels like {felt:+.2f} (chance {chance:.3f})"
        for name, felt, chance in list(zip(names, found.felt, found.chances, strict=True))[1:]
        if felt > float("-inf")
    ]
    return f"against {names[0]} (chance {found.chances[0]:.3f}), " + ", ".join(options)


def _seen(found: tuple[Decision, Decision]) -> list[str]:
    """What A's and B's were shown, and what they are themselves, where it differs."""
    one, other = ({**each.seen._asdict(), **each.own} for each in found)
    said = []
    for name in one:
        if name in ("u", "hours") or not unlike(one[name], other.get(name)):
            continue
        pair = (one[name], other.get(name))
        if name == "stance":
            pair = (STANCES[int(one[name])], STANCES[int(other[name])])
        if name == "tiers":
            pair = (_come(tuple(one[name])), _come(tuple(other[name])))
        x, y = both(*pair)
        said.append(f"{SEEN.get(name, name)} is {x} in A and {y} in B")
    return [f"What bears on it differs: {'; '.join(said)}."] if said else []


def _come(tiers: tuple[int, ...]) -> str:
    """What has come of the tiers of a case, in words."""
    words = {CAME: "delivered", WILL_NOT: "will not come"}
    said = [f"tier {k} {words[how]}" for k, how in enumerate(tiers, 1) if how in words]
    return " and ".join(said) or "nothing yet"


def unasked(row: Row) -> str:
    """Why one whose event is in the log was not asked."""
    if row.event == Event.RESPONSE_DECIDED:
        return "the evidence that the tier reads is below what acting takes (response.posterior_to_act)"
    return "it violates there itself"

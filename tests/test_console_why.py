"""Why A and B part: every number, verdict and order in the reasons, held against runs that are recorded here."""

from __future__ import annotations

import dataclasses
import math
import re
from functools import cache
from typing import Any

import pytest

from agents.coalition import State
from agents.rules.choice import abrogation_advantage_russia, reply_advantage, subjective
from console.ask.before import differences
from console.ask.decisions import OCCASIONS
from console.ask.divergence import Parting, part
from console.ask.places import deciding, matching
from console.ask.witness import Witness
from console.choice import Choice
from console.watch.run import Watched
from environment import casebook
from environment.framework_text import clauses
from environment.log import FIRST_STATE, Event, Row, record
from environment.parameters import level_names
from environment.rules.draws import HOUR
from environment.sentences import sentence
from experiments.compose import compose

NUMBER = re.compile(r"[-+]?\d+\.\d+")
PLAIN = Choice(days=150.0)
DECISIONS = ("honours", "at_opportunity", "at_review", "replies", "gives_up")
LADDER = {
    "framework.tier_2.opens_hours": 0,
    "framework.tier_3.opens_hours": 0,
    "framework.tier_3.trigger": "persist",
}
UNRELIABLE = {f"reliability.tier_{k}": 0.3 for k in (1, 2, 3, 4)}
RELIABLE = Choice(days=150.0, settings={"reliability.tier_2": 0.745})
HAWKISH = Choice(days=150.0, settings={"rules.ukraine": "hawkish"})


@dataclasses.dataclass
class Asked:
    """A decision as it was recorded here: what was seen, by whom, and beliefs as they were."""

    who: Any
    seen: Any
    answer: int
    felt: Any = None


@cache
def recorded(choice: Choice) -> tuple[list[Row], dict[int, Asked]]:
    """The log of a run and who was asked what, by the place of the row that tells it."""
    model = compose(choice.resolved, choice.seed, choice.replication)
    asked: dict[int, Asked] = {}

    def listen(who: Any, method: str) -> None:
        decide = getattr(who, method)

        def listening(seen: Any) -> Any:
            place = len(model.log)
            worth = _worth(who, method, seen)
            answer = decide(seen)
            asked[place] = Asked(who, seen, int(answer), worth)
            return answer

        setattr(who, method, listening)

    for who in (*model.parties.leaderships, *model.parties.responders):
        for method in DECISIONS:
            if hasattr(who, method):
                listen(who, method)
    model.run()
    return list(model.log), asked


def _worth(who: Any, method: str, seen: Any) -> Any:
    """What the chance of the answer rests on, by the rules themselves."""
    if method == "honours":
        return State.probability(who, seen)
    p = who.world.p
    if method == "replies":
        partners = who.partners(seen.hours, seen.ramp, seen.in_force)
        relief, standing = p.reply_relief * who.rule.gain_scale, p.reply_standing * who.rule.cost_scale
        found = reply_advantage(relief, seen.severity, standing * seen.standing, partners, p.reply_restraint)
        return logistic(who.precision * found)
    if method == "gives_up":
        if who.side == 1:
            return None
        war, peace = p.abrogation_war_value * who.rule.gain_scale, p.abrogation_peace_russia
        deterrent = sum(
            float(who._cost[k]) * who.expects(k, seen.hours, seen.ramp, seen.in_force)
            for k in range(who.world.tiers.size)
        )
        found = abrogation_advantage_russia(war, seen.readiness, deterrent, peace)
        return logistic(p.abrogation_precision * found)
    values = who.prospects(seen) if method == "at_opportunity" else who.review_values(seen)
    felt = [subjective(v - values[0], who.rule.curvature, who.rule.loss_aversion) for v in values]
    weights = [math.exp(who.precision * (value - max(felt))) for value in felt]
    return [(value, weight / sum(weights)) for value, weight in zip(felt, weights, strict=True)]


def logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def numbers(text: str) -> list[float]:
    return [float(found) for found in NUMBER.findall(text)]


def only(said: list[str], words: str) -> str:
    (found,) = [each for each in said if words in each]
    return found


def pairs(a: Choice, b: Choice) -> list[tuple[Choice, Choice]]:
    """Both orders: a reason that has A and B the wrong way round is right in neither."""
    return [(a, b), (b, a)]


def at_parting(a: Choice, b: Choice) -> tuple[Parting, list[Row], list[Asked]]:
    found = part(a, b)
    runs = [recorded(choice) for choice in (a, b)]
    return found, [log[found.same] for log, _ in runs], [asked[found.same] for _, asked in runs]


SAME_DRAW = [
    *pairs(Choice(days=150.0), RELIABLE),
    *pairs(Choice(seed=4, days=150.0, settings=LADDER), Choice(seed=4, days=150.0, settings=LADDER | UNRELIABLE)),
    *pairs(PLAIN, HAWKISH),
    *pairs(PLAIN, Choice(days=150.0, settings={"abrogation.precision": 0.01})),
]  # fmt: skip
VERDICTS = {
    Event.RESPONSE_DECIDED: ("does not", "keeps its promise"),
    Event.REPLY: ("holds and reports", "retaliates"),
    Event.STRATEGIC_REVIEW: ("keeps to it", "gives the cease-fire up"),
}


@pytest.mark.parametrize(("a", "b"), SAME_DRAW, ids=range(len(SAME_DRAW)))
def test_yes_or_no_is_explained_by_the_draw_both_probabilities_and_both_answers(a: Choice, b: Choice) -> None:
    found, rows, asked = at_parting(a, b)
    said = only(found.why, "meets the same draw")
    draw, chance, its = numbers(said)
    assert draw == round(asked[0].seen.u, 3) == round(asked[1].seen.u, 3)
    assert (chance, its) == pytest.approx((asked[0].felt, asked[1].felt), abs=5.1e-4)
    mine, theirs = (VERDICTS[Event(row.event)][int(row.x)] for row in rows)
    assert f"in A it {mine}, in B it {theirs}." in said and mine != theirs
    bears = [why for why in found.why if why.startswith("What bears on it differs")]
    if rows[0].event == Event.RESPONSE_DECIDED:
        r = [f"{choice.resolved.values[f'reliability.tier_{rows[0].tier}']:.3f}" for choice in (a, b)]
        assert f"its reliability at the reference state is {r[0]} in A and {r[1]} in B" in bears[0]
        expected = [f"{each.seen.expected_share:.3f}" for each in asked]
        assert f"to be expected by then is {expected[0]} in A and {expected[1]} in B" in bears[0]


def test_the_cases_above_are_of_every_kind() -> None:
    kinds = {Event(recorded(a)[0][part(a, b).same].event) for a, b in SAME_DRAW[::2]}
    assert kinds == set(VERDICTS)


def test_two_tiers_that_call_a_state_at_one_instant_are_kept_apart() -> None:
    a, b = SAME_DRAW[2]
    found, rows, _ = at_parting(a, b)
    assert rows[0].actor == rows[1].actor >= FIRST_STATE and rows[0].tier == 2
    assert only(found.why, "Estonia meets") == (
        "Estonia meets the same draw 0.459 with a probability of keeping its promise of 0.511 in A and 0.405 in B: "
        "in A it keeps its promise, in B it does not."
    )
    at = [row.tier for row in recorded(a)[0] if row.time == rows[0].time and row.actor == rows[0].actor]
    assert 3 in at and 2 in at


RULES = [
    *pairs(PLAIN, Choice(days=150.0, settings={"rules.russia": "persist"})),
    *pairs(PLAIN, Choice(days=150.0, settings={"rules.russia": "prospect"})),
]


@pytest.mark.parametrize(("a", "b"), RULES, ids=range(len(RULES)))
def test_another_rule_is_named_with_what_each_party_felt_and_its_chances(a: Choice, b: Choice) -> None:
    found, rows, asked = at_parting(a, b)
    rules = [str(choice.resolved.values["rules.russia"]) for choice in (a, b)]
    named = [rule + " (a script that weighs nothing)" * (rule == "persist") for rule in rules]
    assert f"In A it follows the rule {named[0]}, in B {named[1]}." in found.why
    names = [name.replace("_", " ") for name in level_names()]
    did = [
        "complies" if not row.level else f"orders {names[row.level - 1]} (level {row.level})" for row in rows
    ]
    assert f"meets the same draw {asked[0].seen.u:.3f}: in A it {did[0]}, in B it {did[1]}." in found.why[0]
    for letter, rule, each in zip("AB", rules, asked, strict=True):
        said = [why for why in found.why if why.startswith(f"In {letter} against complying")]
        if rule == "persist":
            assert not said
            continue
        expected = [each.felt[0][1], *(number for option in each.felt[1:] for number in option)]
        assert numbers(said[0]) == pytest.approx(expected, abs=5.1e-3)
        assert [name for name in names if name in said[0]] == names


def test_a_review_is_explained_by_what_each_party_felt() -> None:
    """The ground of seed 1: Russia stops under the plan and persists without it."""
    b = Choice(framework="observe-only", settings={"framework.attribution.by": "commission"})
    for one, other in pairs(Choice(), b):
        found = part(one, other)
        for letter, choice in zip("AB", (one, other), strict=True):
            log, asked = recorded(choice)
            place = next(
                k
                for k, row in enumerate(log)
                if row.event == Event.REVIEW and row.time / HOUR == found.ground and row.actor == 0
            )
            said = only(found.why_ground, f"In {letter} against stopping")
            (_, stop), persist, escalate = asked[place].felt
            assert numbers(said) == pytest.approx([stop, *persist, *escalate], abs=5.1e-3)
            verdict = ("stops", "persists", "escalates")[asked[place].answer]
            assert f"in {letter} it {verdict}" in only(found.why_ground, "meets the same draw")
            come = "tier 1 delivered" if asked[place].seen.tiers[0] else "nothing yet"
            assert f"{come} in {letter}" in only(found.why_ground, "what has come of the tiers is")


# -- only what happens at that hour ----------------------------------------------------------------

UNLIKE_HOURS = [
    *pairs(Choice(seed=7, days=150.0), Choice(seed=7, days=150.0, settings={"us.initial_stance": "disengaged"})),
    *pairs(Choice(seed=4, days=120.0), Choice(seed=4, days=120.0, framework="ad-hoc")),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), UNLIKE_HOURS, ids=range(len(UNLIKE_HOURS)))
def test_a_later_event_is_not_explained(a: Choice, b: Choice) -> None:
    found = part(a, b)
    rows = [recorded(choice)[0][found.same] for choice in (a, b)]
    first = 0 if rows[0].time < rows[1].time else 1
    assert rows[0].time != rows[1].time
    what = " ".join(sentence(rows[first]).split())
    has, lacks = "AB"[first], "AB"[1 - first]
    assert found.why[0].startswith(f"Only {has} has this event at that hour: {what}. {lacks} has nothing")
    assert not any("draw" in why or "decides" in why for why in found.why)
    mine, theirs = ({c.id: c.sentence for c in clauses(x.resolved.framework)} for x in (a, b))
    name = record(rows[first])["clause"]
    expected = (
        [f"The clause {name} in A: {mine[name]} In B: {theirs[name]}"]
        if name and mine[name] != theirs[name]
        else []
    )
    assert [why for why in found.why if why.startswith("The clause")] == expected


@pytest.mark.parametrize(("a", "b"), [*UNLIKE_HOURS, *SAME_DRAW[:2]], ids=str)
def test_what_differs_just_before_is_that_of_a_and_of_b(a: Choice, b: Choice) -> None:
    found = part(a, b)
    for hour, said in ((found.at, found.why), (found.ground, found.why_ground)):
        assert hour is not None
        states: list[dict[str, Any]] = []
        for choice in (a, b):
            model = compose(choice.resolved, choice.seed, choice.replication)
            model.run_until(hour - 1 / HOUR)
            russia: Any = model.parties.leaderships[0]
            force = casebook.deployed(model), casebook.in_force(model)
            states.append(
                {"tension": model.state.tension, "Russia's readiness": model.state.readiness[0]}
                | {"Ukraine's readiness": model.state.readiness[1]}
                | {"the share of the force that is deployed": force[0]}
                | {
                    f"Russia's belief that tier {k + 1}, if tested now, is delivered": russia.expects(
                        k, model.time, *force
                    )
                    for k in range(model.world.tiers.size)
                }
            )
        for name, mine in states[0].items():
            for why in [each for each in said if each.startswith(f"Just before, {name} is")]:
                x, y = numbers(why)
                assert (x, y) == pytest.approx((mine, states[1][name]), abs=5.1e-4) and x != y
            if name.startswith(("tension", "Russia's readiness")) and abs(mine - states[1][name]) > 1e-9:
                assert any(each.startswith(f"Just before, {name} is") for each in said)


def test_differences_have_a_first() -> None:
    said = differences({"x": 1.0, "y": "one", "z": 2.0}, {"x": 1.00004, "y": "two", "w": 3.0})
    assert said == [
        "Just before, x is 1.000000 in A and 1.000040 in B.",
        "Just before, y is one in A and two in B.",
        "Just before, only A has: z, 2.000.",
        "Just before, only B has: w, 3.000.",
    ]


def test_sentences_that_are_the_same_are_told_apart_by_their_fields() -> None:
    a, b = Choice(days=60.0), Choice(days=60.0, settings={"cohesion.fatigue_per_delivery": 0.5})
    for one, other in pairs(a, b):
        found = part(one, other)
        assert found.after[0][0] == found.after[1][0]
        mine, theirs = (record(recorded(choice)[0][found.same]) for choice in (one, other))
        differ = [key for key in mine if mine[key] != theirs[key]]
        said = only(found.why, "The same event has other values")
        assert differ and all(f"{key} is {mine[key]} in A and {theirs[key]} in B" in said for key in differ)


# -- on the ground ---------------------------------------------------------------------------------

ON_GROUND = [*pairs(PLAIN, HAWKISH), *RULES, *UNLIKE_HOURS]


@pytest.mark.parametrize(("a", "b"), ON_GROUND, ids=range(len(ON_GROUND)))
def test_the_ground_is_told_and_explained(a: Choice, b: Choice) -> None:
    found = part(a, b)
    logs = [recorded(choice)[0] for choice in (a, b)]
    assert found.ground is not None and found.why_ground and found.on_ground[0] != found.on_ground[1]
    for log, told in zip(logs, found.on_ground, strict=True):
        at = [sentence(row) for row in log if row.time / HOUR == found.ground]
        assert all(line in at for line in told)
    whole = " ".join(found.why_ground)
    for n in (0, 1):
        alone = [line for line in found.on_ground[n] if line not in found.on_ground[1 - n]]
        assert all(" ".join(line.split()) in whole for line in alone[:1]) or found.on_ground[1 - n]
        if alone and not found.on_ground[1 - n]:
            assert f"Only {'AB'[n]} has this event" in whole


def test_a_retaliation_on_the_ground_is_traced_to_the_reply() -> None:
    found = part(PLAIN, HAWKISH)
    assert found.ground == found.at
    assert only(found.why, "meets the same draw") == only(found.why_ground, "meets the same draw")


def test_an_event_is_traced_to_its_own_decision() -> None:
    rows = [
        Row(5, Event.REVIEW, 0, 3, 1, x=1.0),
        Row(7, Event.OPPORTUNITY, 0, 2, 1),
        Row(7, Event.REVIEW, 0, 3, 1, x=0.0),
        Row(7, Event.VIOLATION_ENDS, 0, 3, 1),
        Row(7, Event.VIOLATION_BEGINS, 0, 2, 1, x=0.0),
        Row(7, Event.VIOLATION_BEGINS, 1, 2, 1, x=1.0),
        Row(7, Event.HALTED, 0, 3, 1),
        Row(7, Event.STRATEGIC_REVIEW, 1, x=1.0),
        Row(7, Event.ENDING, x=2.0),
    ]
    assert [deciding(rows, k) for k in range(len(rows))] == [0, 1, 2, 2, 1, None, None, 7, 7]
    assert matching(rows, Row(9, Event.REVIEW, 0, 3, 4), 7) == 2
    assert matching(rows, Row(9, Event.REVIEW, 1, 3, 4), 7) is None


# -- the witness -----------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", [PLAIN, HAWKISH, RULES[0][1]], ids=str)
def test_a_witness_reads_every_decision_and_changes_nothing(choice: Choice) -> None:
    run = Watched(dataclasses.replace(choice, days=40.0))
    run.to(26.0)
    with Witness(run) as witness:
        run.to(run.horizon)
    log, asked = recorded(dataclasses.replace(choice, days=40.0))
    assert run.model.log == log
    assert {place: each.seen for place, each in witness.decisions.items()} == {
        place: each.seen for place, each in asked.items() if log[place].time > 26 * HOUR
    }
    assert all(each.answer == asked[place].answer for place, each in witness.decisions.items())
    assert {each.asked for each in witness.decisions.values()} <= set(OCCASIONS)
    for place, each in witness.decisions.items():
        if each.felt:
            chances = [chance for _, chance in asked[place].felt]
            assert each.chances == pytest.approx(chances, abs=1e-9)
        elif each.asked in ("honours", "replies") and choice != RULES[0][1]:
            assert each.chances[0] == pytest.approx(asked[place].felt, abs=1e-9)

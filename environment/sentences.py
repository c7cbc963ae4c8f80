"""The event log told in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from environment.log import Row, record
from environment.parameters import level_names
from environment.talks.sentences import TOLD_TALKS, Retelling, Told, who


def _level(number: int | None) -> str:
    if not number:
        return "nothing"
    name = level_names()[number - 1].replace("_", " ")
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}" if number in (3, 4, 5) else name


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _accused(e: Told) -> str:
    return f"a breach by {e['actor']}"


def _verified(e: Told) -> str:
    return (
        f"{_accused(e)} is confirmed in the {e['sector']} sector: posterior {e['posterior']:.2f}, "
        f"ordered {e['ordered']:.2f} (incident {e['evidence']}, attempt {e['attempt']})"
    )


def _decided(e: Told) -> str:
    verb = "honours its commitment" if e["honoured"] == "yes" else "does not keep its promise"
    return f"{who(e['actor'])} {verb} at tier {e['tier']}"


def _delivered(e: Told) -> str:
    late = ", after its deadline" if e["late"] == "yes" else ""
    there = f"the required strength is there ({_percent(e['strength'])} of that called)"
    return f"tier {e['tier']} is delivered: {there}{late}"


def _review(e: Told) -> str:
    answer = {"stop": "stops", "persist": "persists", "escalate": "decides to escalate"}[str(e["answer"])]
    return f"{e['actor']} reviews {_level(e['level'])} in the {e['sector']} sector and {answer}"


def _opened(e: Told) -> str:
    late = ", later than its deadline" if e["late"] == "yes" else ""
    return f"tier {e['tier']} opens{late}"


def _begins(e: Told) -> str:
    return f"{e['actor']} begins {_level(e['level'])} in the {e['sector']} sector ({e['source']})"


def _opportunity(e: Told) -> str:
    what = f"orders {_level(e['level'])}" if e["level"] else "complies"
    return f"{e['actor']} sees an opportunity in the {e['sector']} sector (value {e['value']:.2f}) and {what}"


def _verification(e: Told) -> str:
    disputed = ", disputed" if e["disputed"] == "yes" else ""
    return f"verification of incident {e['evidence']} begins, due at hour {e['due']:.1f}{disputed}"


def _observed(e: Told) -> str:
    state = f"now at the level of {_level(e['level'])}" if e["active"] == "yes" else "over"
    return f"monitors see that incident {e['evidence']} in the {e['sector']} sector is {state}"


def _ending(e: Told) -> str:
    return {
        "survived": "the cease-fire has lasted to the horizon",
        "collapse": "the cease-fire has collapsed: an expanded attack was not halted in time",
        "abrogation": "the cease-fire is given up",
        "direct_war": "an exchange of fire has become direct war",
    }[str(e["ending"])]


def _reply(e: Told) -> str:
    answer = "retaliates beyond return fire" if e["retaliates"] == "yes" else "holds and reports"
    return f"Ukraine {answer} in the {e['sector']} sector"


def _missed(e: Told) -> str:
    return (
        f"the deadline of tier {e['tier']} passes with {_percent(e['strength'])} of the called strength there"
    )


def _strategic(e: Told) -> str:
    answer = "gives it up" if e["abrogates"] == "yes" else "keeps to it"
    return f"{e['actor']} reviews the cease-fire and {answer}"


def _exchange(e: Told) -> str:
    chance = f"{e['chance']:.3f}" if e["chance"] >= 0.0005 or not e["chance"] else "below 0.001"
    result = "and it becomes direct war" if e["war"] == "yes" else f"(chance of direct war {chance})"
    return f"forces exchange fire with Russia's in the {e['sector']} sector {result}"


TOLD: dict[str, Callable[[Told], str]] = {
    "ceasefire_begins": lambda e: "the cease-fire takes effect",
    "opportunity": _opportunity,
    "violation_begins": _begins,
    "violation_escalates": lambda e: (
        f"{e['actor']} escalates to {_level(e['level'])} in the {e['sector']} sector"
    ),
    "violation_ends": lambda e: f"{e['actor']} stops {_level(e['level'])} in the {e['sector']} sector",
    "halted": lambda e: f"{_level(e['level'])} by {e['actor']} in the {e['sector']} sector is halted",
    "detected": lambda e: (
        f"monitors report {_level(e['level'])} in the {e['sector']} sector (incident {e['evidence']})"
    ),
    "observed": _observed,
    "recorded": lambda e: (
        f"incident {e['evidence']} is recorded, not material (severity {e['severity']:.2f})"
    ),
    "verification_begins": _verification,
    "verified": _verified,
    "inconclusive": lambda e: f"incident {e['evidence']} cannot be attributed yet (attempt {e['attempt']})",
    "dismissed": lambda e: f"incident {e['evidence']} in the {e['sector']} sector is dismissed",
    "case_opened": lambda e: f"case {e['case']} against {e['actor']} opens in the {e['sector']} sector",
    "case_joined": lambda e: f"incident {e['evidence']} joins case {e['case']} against {e['actor']}",
    "tier_opened": _opened,
    "response_decided": _decided,
    "response_arrived": lambda e: f"the response of {who(e['actor'])} arrives at tier {e['tier']}",
    "warning_delivered": lambda e: f"the warning is delivered (tier {e['tier']})",
    "tier_delivered": _delivered,
    "deadline_missed": _missed,
    "deadline_cancelled": lambda e: f"the deadline of tier {e['tier']} is cancelled",
    "response_failed": lambda e: f"the time allowed to tier {e['tier']} after it was called has run out",
    "review": _review,
    "reply": _reply,
    "case_closed": lambda e: f"case {e['case']} closes after the quiet hours",
    "exchange": _exchange,
    "strike": lambda e: f"deep strike on {e['target']}: {e['outage_hours']} hours of outage",
    "background": lambda e: (
        f"{e['recorded']} violations were recorded in the day (tension {e['tension']:.2f})"
    ),
    "false_alarm": lambda e: (
        f"sensors report {_level(e['level'])} in the {e['sector']} sector (incident {e['evidence']})"
    ),
    "accusation": lambda e: (
        f"{e['actor']} accuses the other side in the {e['sector']} sector (incident {e['evidence']})"
    ),
    "recommitment": lambda e: (
        f"the parties recommit to the cease-fire ({e['former']} violations in the last week)"
    ),
    "relapse": lambda e: f"recorded violations are back near their former level after {e['days']:.0f} days",
    "stance_changes": lambda e: f"the United States is now {e['stance']}",
    "framework_in_force": lambda e: "the framework enters into force",
    "framework_lapses": lambda e: "the framework lapses: its term has run out",
    "strategic_review": _strategic,
    "ending": _ending,
    **TOLD_TALKS,
}
"""Event name -> sentence; a test holds that every event has one."""


def _line(event: Told, told: str) -> str:
    """Day and hour, clock of the case, what happened, the clause it rests on."""
    clock = (
        f"[case {event['case']}, hour {event['clock']:.1f}] "
        if event["case"] and event["clock"] is not None
        else ""
    )
    clause = f"  ({event['clause']})" if event["clause"] else ""
    return f"day {int(event['t'] // 24):>3}  {event['t']:>8.1f} h  {clock}{told}{clause}"


def sentence(row: Row) -> str:
    """One event as a line."""
    event = record(row)
    return _line(event, TOLD[event["event"]](event))


QUIET = {"background", "strategic_review", "opportunity", "recorded", "response_arrived", "front_moves"}
"""Events that the told story leaves out unless asked; the log keeps them."""


def _roll_call(calls: list[Told]) -> str:
    """Who honoured a tier, in one line."""
    honour = [who(e["actor"]) for e in calls if e["honoured"] == "yes"]
    names = f": {', '.join(honour)}" if honour else ""
    return _line(calls[0], f"{len(honour)} of {len(calls)} called honour tier {calls[0]['tier']}{names}")


def story(rows: Iterable[Row], everything: bool = False) -> Iterator[str]:
    """The log in sentences, a line each; parameters as `told`."""
    return (line for _, line in told(rows, everything))


def told(rows: Iterable[Row], everything: bool = False) -> Iterator[tuple[Told, str]]:
    """The events that are told, each as a record with its line.

    Parameters
    ----------
    rows
        The log.
    everything
        Whether to tell every event: each state's decision and arrival, daily counts, declined opportunities.
    """
    calls: list[Told] = []
    retelling = Retelling()
    for row in rows:
        event = record(row)
        if "round" in event and event["event"] != "agreement":
            event = retelling.changed(event)
        if (
            not everything
            and event["event"] == "response_decided"
            and (not calls or _same_call(calls[0], event))
        ):
            calls.append(event)
            continue
        if calls:
            yield calls[0], _roll_call(calls) if len(calls) > 1 else _line(calls[0], _decided(calls[0]))
            calls = []
        if not everything and event["event"] == "response_decided":
            calls.append(event)
        elif everything or event["event"] not in QUIET or event.get("abrogates") == "yes":
            yield event, _line(event, TOLD[event["event"]](event))
    if calls:
        yield calls[0], _roll_call(calls) if len(calls) > 1 else _line(calls[0], _decided(calls[0]))


def _same_call(one: Told, other: Told) -> bool:
    return all(one[key] == other[key] for key in ("t", "case", "tier"))

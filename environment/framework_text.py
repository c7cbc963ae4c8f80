"""What a framework says, in plain English: one sentence a clause, each built from the values of the file.

Clause ids are stable, and the event log refers to them: monitoring, attribution, breach, clock, case,
entry, deployment, ukraine, us, binds, tier_1 ... tier_4.
"""

import textwrap
from collections.abc import Iterable
from typing import Any, NamedTuple

from environment.frameworks import TIER_KEYS, Framework, Sourced, Tier, leaves, load_measures, schema

WIDTH = 100
STATES = {
    "coalition": "the states of the coalition",
    "europe": "the European states of the coalition",
    "usa": "the United States",
    "USA": "the United States",
    "ukraine": "Ukraine",
    "UKR": "Ukraine",
}


class Clause(NamedTuple):
    """One clause of a framework: its stable id and its sentence."""

    id: str
    sentence: str


def clauses(framework: Framework) -> tuple[Clause, ...]:
    """Every clause of a framework as one English sentence, in the order of the file."""
    general = {
        "monitoring": _monitoring,
        "attribution": _attribution,
        "breach": _breach,
        "clock": _clock,
        "case": _case,
        "entry": _entry,
        "deployment": _deployment,
        "ukraine": _ukraine,
        "us": _us,
        "binds": _binds,
    }
    said = [Clause(name, sentence(framework)) for name, sentence in general.items()]
    tiers = zip(TIER_KEYS, framework.tiers, strict=False)
    return (*said, *(Clause(key, _tier(key, tier)) for key, tier in tiers))


def describe(framework: Framework) -> str:
    """A framework for reading: numbered clauses, each value with its status, and the list of sources."""
    sources: dict[str, int] = {}
    found = {key: leaf for key, leaf in leaves(framework).items() if not _is_unbound(key, leaf)}
    parts = [f"{framework.name}: {framework.title}", _filled(framework.summary), ""]
    for number, clause in enumerate(clauses(framework), start=1):
        head = f"{number:>2}. "
        text = f"[{clause.id}] {clause.sentence}"
        parts.append(_filled(text, head, " " * 4))
        for key, leaf in found.items():
            if key == clause.id or key.startswith(f"{clause.id}."):
                cited = sources.setdefault(leaf.source, len(sources) + 1)
                note = f" - {leaf.note}" if leaf.note else ""
                line = f"{key.removeprefix(f'{clause.id}.')}: {_shown(leaf)} ({leaf.status} [{cited}]){note}"
                parts.append(_filled(line, " " * 6, " " * 8))
    parts += ["", "Sources", *(f"{number:>3}. {source}" for source, number in sources.items())]
    return "\n".join(parts) + "\n"


def differences(first: Framework, second: Framework) -> list[str]:
    """One sentence for each value in which two frameworks differ; tiers of only one count once each."""
    one, two = (first.name, second.name) if first.name != second.name else ("the first", "the second")
    ours, theirs = leaves(first), leaves(second)
    said = []
    for key in TIER_KEYS:
        if (getattr(first, key) is None) != (getattr(second, key) is None):
            said.append(f"{key} is only in {one if getattr(first, key) else two}.")
    alone = tuple(sentence.split()[0] + "." for sentence in said)
    for key in schema():
        left, right = ours.get(key), theirs.get(key)
        if not key.startswith(alone) and (left and left.value) != (right and right.value):
            said.append(f"{key} is {_shown(left)} in {one} and {_shown(right)} in {two}.")
    return said


def _monitoring(framework: Framework) -> str:
    coverage = framework.monitoring.coverage_multiplier.value
    if coverage == 0:
        return "Nobody monitors the cease-fire."
    if coverage == 1:
        return "Monitors observe the contact line at the reference coverage."
    return f"Monitors observe the contact line at {_number(coverage)} times the reference coverage."


def _attribution(framework: Framework) -> str:
    by = {
        "commission": "A commission of the coalition attributes violations",
        "parties": "The parties attribute violations jointly",
        "us": "The United States attributes violations",
    }[framework.attribution.by.value]
    threshold = _percent(framework.attribution.posterior_threshold.value)
    return f"{by}, and a finding may be acted upon once its probability reaches {threshold}."


def _breach(framework: Framework) -> str:
    breach = framework.breach
    severity = _number(breach.materiality.value)
    event = f"severity in one sector over 24 hours is assessed at {severity} or more on a scale from 0 to 1"
    if breach.counts.value == "any":
        return f"Any event whose {event} is a breach."
    days = _counted(breach.repeated_days.value, "day")
    repeated = f"only once {breach.repeated_count.value} incidents have been recorded there within {days}"
    return f"An event whose {event} is a breach {repeated}."


def _clock(framework: Framework) -> str:
    start = {"breach": "the initial breach", "verification": "the verification of the initial breach"}
    return f"The clock of a case starts at {start[framework.clock.starts.value]}."


def _case(framework: Framework) -> str:
    case = framework.case
    scope = {"sector": "one sector", "line": "the whole contact line"}[case.scope.value]
    record = "is kept" if case.record_survives.value else "is cleared"
    hours = _number(case.quiet_hours.value)
    unit = "hour" if case.quiet_hours.value == 1 else "hours"
    return f"A case covers {scope} and closes after {hours} quiet {unit}, after which its record {record}."


def _entry(framework: Framework) -> str:
    condition, days = framework.entry.condition.value, framework.entry.days.value
    force = "The framework enters into force"
    if condition == "cease-fire":
        return f"{force} with the cease-fire."
    if condition == "quiet-days":
        unit = "day" if days == 1 else "days"
        return f"{force} after {_number(days)} consecutive quiet {unit}."
    event = {"signature": "signature of the agreement", "peace-deal": "conclusion of a peace deal"}[condition]
    when = f"{_counted(days, 'day')} after the cease-fire" if days else "on the day of the cease-fire"
    return f"{force} with the {event}, {when}."


def _deployment(framework: Framework) -> str:
    if not framework.tiers:
        return "No forces are deployed."
    half_life = framework.deployment.half_life_days.value
    place = "on the contact line" if framework.deployment.on_line.value else "behind the contact line"
    if half_life == 0:
        return f"Forces to be deployed are in place from the start, {place}."
    unit = "day" if half_life == 1 else "days"
    ramp = f"half of those still missing arriving every {_number(half_life)} {unit}"
    return f"Forces to be deployed build up after the cease-fire, {ramp}, and are stationed {place}."


def _ukraine(framework: Framework) -> str:
    right = framework.ukraine.action.value == "as-of-right"
    how = "as of right" if right else "only if that is needed to stop it"
    return f"Ukraine may act to halt a violation {how}."


def _us(framework: Framework) -> str:
    if framework.us.participates.value:
        return "The United States backs responses with intelligence and logistics."
    return "The United States gives responses no backing in intelligence or logistics."


def _binds(framework: Framework) -> str:
    bound = framework.binds.value
    if not bound:
        return "No party is bound to agreed consequences."
    return f"Breaches by {_joined(bound)} have the consequences agreed below."


def _tier(key: str, tier: Tier) -> str:
    trigger = {
        "breach": "Once a breach is confirmed",
        "persist": "If hostilities persist",
        "expanded": "If the violation has become an expanded attack",
    }[tier.trigger.value]
    arrangements = {
        "pre-agreed": "arrangements agreed beforehand",
        "ad-hoc": "arrangements made after the breach",
    }
    against = [
        f"{_joined(_measure_words(measures.value))} against {party}"
        for party, measures in (("Russia", tier.measures.Russia), ("Ukraine", tier.measures.Ukraine))
        if measures.value
    ]
    number, strength = key.removeprefix("tier_"), _percent(tier.required_strength.value)
    return (
        f"{trigger}, tier {number} ({tier.name}) {_hours(tier)}, under "
        f"{arrangements[tier.preparation.value]}: {_actors(tier)}, the measures are "
        f"{', and '.join(against)}, and the tier counts as delivered once {strength} of the strength "
        f"called has arrived in time."
    )


def _hours(tier: Tier) -> str:
    opens, due, expected = (
        leaf.value for leaf in (tier.opens_hours, tier.deadline_hours, tier.expected_hours)
    )
    if opens == due:
        when = f"falls due at {_counted(due, 'hour')}"
    elif opens == 0:
        when = f"falls due within {_counted(due, 'hour')}"
    else:
        when = f"opens at {_counted(opens, 'hour')} and falls due by {_counted(due, 'hour')}"
    return f"{when} on the clock of the case, with delivery expected at {_counted(expected, 'hour')}"


def _actors(tier: Tier) -> str:
    called = tier.called.value
    who = _joined([STATES.get(name, name) for name in called])
    single = len(called) == 1 and called[0] not in ("coalition", "europe")
    act = "acts" if single else "act"
    match tier.decision.value:
        case "automatic":
            return f"{who} {act} without a further decision"
        case "each":
            return f"{who} {'decides for itself' if single else 'each decide for themselves'}"
        case "quorum":
            share = _percent(tier.quorum.value) if tier.quorum else ""
            return f"{who} {act} once {share} of the weight called agrees"
        case "unanimity":
            return f"{who} {act} only if {'it agrees' if single else 'all of them agree'}"
        case "lead":
            lead = STATES.get(tier.lead.value, tier.lead.value) if tier.lead else ""
            return f"{who} {act} if {lead}, in the lead, so decides"


def _measure_words(names: Iterable[str]) -> list[str]:
    return [load_measures()[name].words for name in names]


def _joined(items: Iterable[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def _number(value: float) -> str:
    return f"{value:.10g}"


def _percent(share: float) -> str:
    return f"{_number(100 * share)}%"


def _counted(value: float, unit: str) -> str:
    return f"{_number(value)} {unit}" if value == 1 else f"{_number(value)} {unit}s"


def _is_unbound(key: str, leaf: Sourced[Any]) -> bool:
    return ".measures." in key and not leaf.value


def _shown(leaf: Sourced[Any] | None) -> str:
    """A value with its unit as a reader would write it."""
    if leaf is None:
        return "not given"
    value = leaf.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if isinstance(value, str):
        return value
    return f"{_number(value)} {leaf.unit}"


def _filled(text: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)

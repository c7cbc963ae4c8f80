"""Checks of a framework that need more than one value, each with the words of its refusal."""

import itertools
import re
from collections.abc import Collection, Iterator, Mapping

from pydantic_core import PydanticCustomError

from environment.framework_parts import CALLED, ENTRY_DAYS, GROUPS, PARTIES, EntryIntoForce, Tier
from environment.measures import load_measures
from environment.sourced import NOTHING, closest, refusal

GROUP_OF_STATE = {"USA": "usa", "UKR": "ukraine"}  # every other state is called as part of the coalition


def cross_checks(
    bound: tuple[str, ...],
    entry: EntryIntoForce,
    rungs: Mapping[str, Tier | None],
    known: Collection[str] | None,
) -> Iterator[PydanticCustomError]:
    """Every fault that shows only across values; the first of them is the one that is told.

    Parameters
    ----------
    bound
        The parties that the framework binds.
    entry
        Its entry into force.
    rungs
        What stands under each of the keys tier_1 to tier_4, in order.
    known
        Three-letter codes that may be called; None: any of the right shape.
    """
    numbered = list(rungs.items())
    last = max((i for i, (_, tier) in enumerate(numbered) if tier), default=0)
    for key, tier in numbered[:last]:
        if tier is None:
            yield refusal(key, NOTHING, "a table: tiers are numbered from tier_1 without a gap")
    tiers = [(key, tier) for key, tier in numbered if tier]
    yield from _check_entry(entry)
    if tiers and "Russia" not in bound:
        yield refusal("binds", list(bound), "a list with Russia in it, since there are tiers")
    if bound and not tiers:
        yield refusal("binds", list(bound), "an empty list, since there are no tiers")
    for key, tier in tiers:
        yield from _check_hours(key, tier)
        yield from _check_called(key, tier, known)
        yield from _check_decision(key, tier, known)
        yield from _check_measures(key, tier, bound)
    for (before, first), (after, second) in itertools.pairwise(tiers):
        yield from _check_order(before, first, after, second)


def _check_entry(entry: EntryIntoForce) -> Iterator[PydanticCustomError]:
    condition, days = entry.condition.value, entry.days.value
    if condition == "cease-fire" and days != 0:
        yield refusal("entry.days", days, "0 (d), since entry.condition is cease-fire")
    if condition == "quiet-days" and days == 0:
        allowed = f"a number above 0 and up to {ENTRY_DAYS.high:g} (d), since entry.condition is quiet-days"
        yield refusal("entry.days", days, allowed)


def _check_hours(key: str, tier: Tier) -> Iterator[PydanticCustomError]:
    opens, due = tier.opens_hours.value, tier.deadline_hours.value
    expected = tier.expected_hours.value
    if due < opens:
        allowed = f"at least {opens:g} (h), the hour at which {key} opens"
        yield refusal(f"{key}.deadline_hours", due, allowed)
    elif not opens <= expected <= due:
        allowed = f"from {opens:g} to {due:g} (h), between opening and deadline of {key}"
        yield refusal(f"{key}.expected_hours", expected, allowed)


def _check_order(before: str, first: Tier, after: str, second: Tier) -> Iterator[PydanticCustomError]:
    for field in ("opens_hours", "deadline_hours", "expected_hours"):
        earlier, later = getattr(first, field).value, getattr(second, field).value
        if later < earlier:
            allowed = f"at least {earlier:g} (h), the {field} of {before}: hours must not run backwards"
            yield refusal(f"{after}.{field}", later, allowed)


def _check_called(key: str, tier: Tier, known: Collection[str] | None) -> Iterator[PydanticCustomError]:
    field, called = f"{key}.called", tier.called.value
    if not called:
        yield refusal(field, [], "at least one state or group")
    if "RUS" in called:
        yield refusal(field, "RUS", "any state but Russia, against which tiers are agreed")
    for name in called:
        if name not in GROUPS and not _is_state(name, known):
            yield refusal(field, name, CALLED.words(), closest(name, [*GROUPS, *(known or ())]))
    for name in called:
        group = GROUP_OF_STATE.get(name, "coalition")
        if name not in GROUPS and group in called:
            yield refusal(field, name, f"each state once; {name} is named twice, for {group} includes it")
    if "coalition" in called and "europe" in called:
        allowed = "each state once; the European states are named twice, for coalition includes europe"
        yield refusal(field, "europe", allowed)


def _is_state(name: str, known: Collection[str] | None) -> bool:
    shaped = re.fullmatch("[A-Z]{3}", name) is not None and name != "RUS"
    return shaped and (known is None or name in known)


def _check_decision(key: str, tier: Tier, known: Collection[str] | None) -> Iterator[PydanticCustomError]:
    decision, called = tier.decision.value, tier.called.value
    for field, leaf in (("quorum", tier.quorum), ("lead", tier.lead)):
        if decision == field and leaf is None:
            yield refusal(f"{key}.{field}", NOTHING, f"a value, since {key}.decision is {field}")
        if decision != field and leaf is not None:
            yield refusal(f"{key}.{field}", leaf.value, f"nothing, since {key}.decision is {decision}")
    if tier.lead is not None:
        lead = tier.lead.value
        groups = {GROUP_OF_STATE[lead]} if lead in GROUP_OF_STATE else {"coalition", "europe"}
        if not _is_state(lead, known) or not ({lead} | groups) & set(called):
            allowed = f"the three-letter code of a state among those called: {', '.join(called)}"
            others = [state for state in known or GROUP_OF_STATE if state != lead]
            yield refusal(f"{key}.lead", lead, allowed, closest(lead, others))


def _check_measures(key: str, tier: Tier, bound: tuple[str, ...]) -> Iterator[PydanticCustomError]:
    names = tuple(load_measures())
    for party in PARTIES:
        field, measures = f"{key}.measures.{party}", getattr(tier.measures, party).value
        for name in measures:
            if name not in names:
                yield refusal(field, name, f"one of {', '.join(names)}", closest(name, names))
        if party in bound and not measures:
            yield refusal(field, NOTHING, f"at least one measure, since the framework binds {party}")
        if party not in bound and measures:
            yield refusal(field, list(measures), f"no measure, since the framework does not bind {party}")

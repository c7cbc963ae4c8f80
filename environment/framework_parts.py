"""The parts of a framework: its general clauses and its tiers, each value with the leaf that bounds it."""

from typing import Annotated, Any, Literal, get_args

from environment.sourced import YES_NO, Leaf, Line, Sourced, Table

GROUPS: tuple[str, ...] = ("coalition", "europe", "usa", "ukraine")
PARTIES: tuple[str, ...] = ("Russia", "Ukraine")
TIER_KEYS: tuple[str, ...] = ("tier_1", "tier_2", "tier_3", "tier_4")
YEAR_HOURS = 8760.0

By = Literal["commission", "parties", "us"]
Counts = Literal["any", "repeated"]
Starts = Literal["breach", "verification"]
Scope = Literal["sector", "line"]
Entry = Literal["cease-fire", "signature", "peace-deal", "quiet-days"]
Action = Literal["as-of-right", "if-needed"]
Trigger = Literal["breach", "persist", "expanded"]
Decision = Literal["automatic", "each", "quorum", "unanimity", "lead"]
Preparation = Literal["pre-agreed", "ad-hoc"]


def _choice(options: Any) -> Leaf:
    return Leaf("choice", str, choices=get_args(options))


HOURS = Leaf("h", high=YEAR_HOURS)
SHARE = Leaf("share of called weight")
MEASURE_NAMES = Leaf("measures", tuple, says="measures")
THRESHOLD = Leaf("probability", low=0.25, high=0.999)
MATERIALITY = Leaf("severity")
REPEATED_COUNT = Leaf("incidents", int, low=2, high=8)
REPEATED_DAYS = Leaf("d", low=1.0, high=365.0)
QUIET_HOURS = Leaf("h", low=1.0, high=YEAR_HOURS)
ENTRY_DAYS = Leaf("d", high=18_250.0)
HALF_LIFE = Leaf("d", high=3_650.0)
CALLED = Leaf("states", tuple, says=f"{', '.join(GROUPS)} or three-letter codes of states")


class Monitoring(Table):
    """How densely the line is watched, as a multiple of the scenario's reference coverage."""

    coverage_multiplier: Annotated[Sourced[float], Leaf("ratio", high=1.5)]


class Attribution(Table):
    """Who says who did it, and from which posterior probability on a finding may be acted upon."""

    by: Annotated[Sourced[By], _choice(By)]
    posterior_threshold: Annotated[Sourced[float], THRESHOLD] = THRESHOLD.default(0.7)


class Breach(Table):
    """What makes an event a breach: assessed severity over 24 h in a sector, any or only repeated ones."""

    materiality: Annotated[Sourced[float], MATERIALITY] = MATERIALITY.default(0.10)
    counts: Annotated[Sourced[Counts], _choice(Counts)]
    repeated_count: Annotated[Sourced[int], REPEATED_COUNT] = REPEATED_COUNT.default(3)
    repeated_days: Annotated[Sourced[float], REPEATED_DAYS] = REPEATED_DAYS.default(7.0)


class Clock(Table):
    """From when the hours of the tiers are counted."""

    starts: Annotated[Sourced[Starts], _choice(Starts)]


class Case(Table):
    """What one case covers, which quiet hours close it, and whether its record outlives it."""

    scope: Annotated[Sourced[Scope], _choice(Scope)]
    quiet_hours: Annotated[Sourced[float], QUIET_HOURS] = QUIET_HOURS.default(48.0)
    record_survives: Annotated[Sourced[bool], YES_NO]


class EntryIntoForce(Table):
    """When the framework starts to apply; days after the cease-fire, or the number of quiet days."""

    condition: Annotated[Sourced[Entry], _choice(Entry)]
    days: Annotated[Sourced[float], ENTRY_DAYS] = ENTRY_DAYS.default(0.0)


class Deployment(Table):
    """How fast forces build up after the cease-fire (0 days: in place), and where they stand."""

    half_life_days: Annotated[Sourced[float], HALF_LIFE] = HALF_LIFE.default(90.0)
    on_line: Annotated[Sourced[bool], YES_NO]


class UkraineClause(Table):
    """Whether Ukraine may act to halt a violation as of right or only where it is needed."""

    action: Annotated[Sourced[Action], _choice(Action)]


class UsClause(Table):
    """Whether the United States backs the response with intelligence and logistics."""

    participates: Annotated[Sourced[bool], YES_NO]


class PartyMeasures(Table):
    """The measures of one tier against each bound party (none against a party that is not bound)."""

    Russia: Annotated[Sourced[tuple[str, ...]], MEASURE_NAMES] = MEASURE_NAMES.default([])
    Ukraine: Annotated[Sourced[tuple[str, ...]], MEASURE_NAMES] = MEASURE_NAMES.default([])


class Tier(Table):
    """One rung of the agreed response; its hours count from the start of the clock."""

    name: Line
    trigger: Annotated[Sourced[Trigger], _choice(Trigger)]
    opens_hours: Annotated[Sourced[float], HOURS]
    deadline_hours: Annotated[Sourced[float], Leaf("h", high=YEAR_HOURS, above=True)]
    expected_hours: Annotated[Sourced[float], HOURS]
    called: Annotated[Sourced[tuple[str, ...]], CALLED]
    decision: Annotated[Sourced[Decision], _choice(Decision)]
    quorum: Annotated[Sourced[float] | None, SHARE] = None
    lead: Annotated[Sourced[str] | None, Leaf("state", str, says="the three-letter code of a state")] = None
    preparation: Annotated[Sourced[Preparation], _choice(Preparation)]
    required_strength: Annotated[Sourced[float], Leaf("share of called weight", above=True)]
    measures: PartyMeasures

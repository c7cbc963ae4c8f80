"""Frameworks as data: what ships, what every clause says, what a patch changes, what is refused."""

import csv
import random
import re
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from environment.errors import BadInput
from environment.framework_text import clauses, describe, differences
from environment.frameworks import (
    DATA,
    Framework,
    Leaf,
    Measure,
    from_mapping,
    from_text,
    leaves,
    load,
    load_measures,
    schema,
    shipped,
    to_mapping,
)

NAMES = ("ad-hoc", "article-5", "forward-tripwire", "multi-tier", "multi-tier-europe", "none", "observe-only")
STATES = ("FRA", "GBR", "UKR", "USA")
TEXT = (DATA / "frameworks" / "multi-tier.toml").read_text(encoding="utf-8")
GENERAL = ["monitoring", "attribution", "breach", "clock", "case", "entry", "deployment"]
GENERAL += ["ukraine", "us", "binds"]


def refused(*args: object, **kwargs: object) -> BadInput:
    with pytest.raises(BadInput) as caught:
        load(*args, **kwargs)  # type: ignore[arg-type]
    return caught.value


def refused_text(old: str, new: str, known: tuple[str, ...] | None = None) -> BadInput:
    assert old in TEXT, "the mutation must hit something"
    with pytest.raises(BadInput) as caught:
        from_text(TEXT.replace(old, new, 1), "mine.toml", None, known)
    assert caught.value.where == "mine.toml"
    return caught.value


# ---------------------------------------------------------------------------------- what ships


def test_the_eight_frameworks_ship_and_load_under_their_own_names() -> None:
    assert shipped() == (*NAMES, "two-sided")
    assert [load(name).name for name in shipped()] == list(shipped())


@pytest.mark.parametrize("name", shipped())
def test_every_value_has_the_unit_of_the_schema_a_status_and_a_source(name: str) -> None:
    found = leaves(load(name))
    assert len(found) >= 18
    for key, leaf in found.items():
        assert leaf.unit == schema()[key].unit, key
        assert leaf.status in ("stated", "inferred", "assumed"), key
        assert leaf.source.strip(), key


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_file_leaves_no_value_to_a_default_but_measures_of_the_unbound(name: str) -> None:
    found = leaves(load(name)).items()
    left = {key for key, leaf in found if leaf.source == "default of the schema"}
    assert all(key.endswith("measures.Ukraine") for key in left)


def test_shipped_hours_are_those_of_the_plan_and_prices_lie_on_the_daily_grid() -> None:
    hours = [
        (t.opens_hours.value, t.deadline_hours.value, t.expected_hours.value)
        for t in load("multi-tier").tiers
    ]
    assert hours == [(0, 24, 24), (24, 72, 48), (72, 120, 96)]
    for name in shipped():
        assert all(tier.expected_hours.value % 24 == 0 for tier in load(name).tiers), name


def test_frameworks_without_bound_parties_have_no_tiers_and_only_none_is_unmonitored() -> None:
    assert load("none").tiers == load("observe-only").tiers == ()
    assert load("observe-only").binds.value == ()
    unmonitored = [name for name in shipped() if load(name).monitoring.coverage_multiplier.value == 0]
    assert unmonitored == ["none"]


def test_variants_of_the_plan_differ_from_it_only_where_they_say() -> None:
    plan = load("multi-tier")
    assert differences(plan, plan) == []
    assert differences(plan, load("forward-tripwire")) == [
        "deployment.on_line is no in multi-tier and yes in forward-tripwire."
    ]
    assert differences(plan, load("ad-hoc")) == [
        "tier_1.decision is automatic in multi-tier and each in ad-hoc.",
        "tier_1.preparation is pre-agreed in multi-tier and ad-hoc in ad-hoc.",
        "tier_2.preparation is pre-agreed in multi-tier and ad-hoc in ad-hoc.",
        "tier_3.preparation is pre-agreed in multi-tier and ad-hoc in ad-hoc.",
    ]
    assert differences(plan, load("none"))[:3] == [f"tier_{k} is only in multi-tier." for k in (1, 2, 3)]
    assert differences(plan, load("multi-tier", {"case.scope": "line"})) == [
        "case.scope is sector in the first and line in the second."
    ]


def test_states_of_the_table_satisfy_every_shipped_framework() -> None:
    with (DATA / "states.csv").open(encoding="utf-8") as file:
        known = {row["iso3"] for row in csv.DictReader(file)}
    assert [load(name, known_states=known).name for name in shipped()] == list(shipped())


def test_measures_have_ranges_around_their_values_and_only_force_is_kinetic() -> None:
    measures = load_measures()
    assert len(measures) == 13
    for name, measure in measures.items():
        for leaf in (measure.denial, measure.punishment, measure.cost, measure.war_weight):
            assert leaf.low <= leaf.value <= leaf.high, name
        assert measure.kinetic.value == (measure.war_weight.value > 0), name
    kinetic = {name for name, measure in measures.items() if measure.kinetic.value}
    force = {"reassurance_force_air", "reassurance_force_land", "coordinated_strikes", "direct_intervention"}
    assert kinetic == force


# ------------------------------------------------------------------------------ what clauses say


def assert_sentence(text: str) -> None:
    assert re.fullmatch(r"[A-Z][^\n]*[^.\s]\.", text), text
    assert "  " not in text, text
    for trace in ("None", "True", "False", "[", "]", "{", "}", "'", "_", ".0 ", ",,", " ,", "Sourced"):
        assert trace not in text, (trace, text)


@pytest.mark.parametrize("name", shipped())
def test_every_clause_is_one_sentence_under_a_stable_id(name: str) -> None:
    framework = load(name)
    said = clauses(framework)
    assert [clause.id for clause in said] == GENERAL + [f"tier_{k + 1}" for k in range(len(framework.tiers))]
    for clause in said:
        assert_sentence(clause.sentence)


SWITCHES: list[tuple[dict[str, object], str, object, str]] = [
    ({}, "monitoring.coverage_multiplier", "0", "Nobody monitors the cease-fire."),
    ({}, "monitoring.coverage_multiplier", 1.25, "at 1.25 times the reference coverage"),
    ({}, "attribution.by", "parties", "The parties attribute violations jointly"),
    ({}, "attribution.by", "us", "The United States attributes violations"),
    ({}, "attribution.posterior_threshold", 0.95, "reaches 95%"),
    ({}, "breach.materiality", "0.25", "assessed at 0.25 or more"),
    ({}, "breach.counts", "repeated", "only once 3 incidents have been recorded there within 7 days"),
    ({"breach.counts": "repeated"}, "breach.repeated_count", "5", "only once 5 incidents"),
    ({"breach.counts": "repeated"}, "breach.repeated_days", 1, "within 1 day."),
    ({}, "clock.starts", "verification", "starts at the verification of the initial breach"),
    ({}, "case.scope", "line", "covers the whole contact line"),
    ({}, "case.quiet_hours", 1, "after 1 quiet hour,"),
    ({}, "case.record_survives", "false", "its record is cleared"),
    (
        {"entry.days": 30},
        "entry.condition",
        "signature",
        "with the signature of the agreement, 30 days after",
    ),
    ({}, "entry.condition", "peace-deal", "conclusion of a peace deal, on the day of the cease-fire"),
    ({"entry.days": 7}, "entry.condition", "quiet-days", "after 7 consecutive quiet days"),
    ({}, "deployment.half_life_days", 0, "are in place from the start, behind the contact line"),
    ({}, "deployment.half_life_days", 30.5, "arriving every 30.5 days"),
    ({}, "deployment.on_line", "yes", "stationed on the contact line"),
    ({}, "ukraine.action", "if-needed", "only if that is needed to stop it"),
    ({}, "us.participates", False, "gives responses no backing"),
    ({}, "tier_1.trigger", "persist", "If hostilities persist, tier 1"),
    ({}, "tier_2.trigger", "expanded", "If the violation has become an expanded attack, tier 2"),
    ({}, "tier_2.opens_hours", 0, "tier 2 (Coalition forces) falls due within 72 hours"),
    ({"tier_3.expected_hours": 72}, "tier_3.deadline_hours", 72, "falls due at 72 hours on the clock"),
    ({}, "tier_3.deadline_hours", 144, "opens at 72 hours and falls due by 144 hours"),
    ({}, "tier_3.expected_hours", 120, "with delivery expected at 120 hours"),
    ({}, "tier_2.called", "GBR,FRA", "GBR and FRA each decide for themselves"),
    ({}, "tier_2.called", ["europe"], "the European states of the coalition each decide"),
    ({}, "tier_1.decision", "each", "Ukraine decides for itself"),
    ({}, "tier_1.decision", "unanimity", "Ukraine acts only if it agrees"),
    ({}, "tier_2.decision", "automatic", "coalition act without a further decision"),
    ({"tier_2.quorum": "0.5"}, "tier_2.decision", "quorum", "act once 50% of the weight called agrees"),
    ({}, "tier_3.decision", "unanimity", "act only if all of them agree"),
    ({}, "tier_3.lead", "GBR", "act if GBR, in the lead, so decides"),
    ({}, "tier_2.preparation", "ad-hoc", "under arrangements made after the breach"),
    ({}, "tier_2.required_strength", "0.55", "once 55% of the strength called"),
    ({}, "tier_3.measures.Russia", "sanctions", "the measures are sanctions against Russia"),
]


@pytest.mark.parametrize(("beside", "key", "value", "words"), SWITCHES)
def test_a_switch_changes_exactly_the_clause_it_belongs_to(
    beside: dict[str, object], key: str, value: object, words: str
) -> None:
    # entry.days and a quorum are refused without the rule they belong to, so they arrive with it
    alone = {k: v for k, v in beside.items() if k not in ("entry.days", "tier_2.quorum")}
    before = dict(clauses(load("multi-tier", alone)))
    after = dict(clauses(load("multi-tier", {**beside, key: value})))
    changed = [name for name in before if before[name] != after[name]]
    assert changed == [key.split(".")[0]]
    assert words in after[changed[0]]
    assert_sentence(after[changed[0]])


def test_the_switches_above_leave_no_key_of_the_schema_out() -> None:
    tried = {re.sub(r"tier_\d", "tier", key) for beside, key, *_ in SWITCHES for key in (key, *beside)}
    every = {re.sub(r"tier_\d", "tier", key) for key in schema()}
    assert every - tried == {"binds", "tier.measures.Ukraine"}, "tested by the two-sided framework below"


def test_binding_ukraine_changes_the_binding_clause_and_each_tier() -> None:
    plan, both = dict(clauses(load("multi-tier"))), dict(clauses(load("two-sided")))
    assert [name for name in plan if plan[name] != both[name]] == ["binds", "tier_1", "tier_2", "tier_3"]
    assert both["binds"] == "Breaches by Russia and Ukraine have the consequences agreed below."
    assert "and formal warning and record of non-compliance against Ukraine" in both["tier_1"]


def test_a_description_numbers_the_clauses_marks_every_status_and_lists_the_sources() -> None:
    framework = load("multi-tier")
    text = describe(framework)
    body, _, sources = text.partition("\nSources\n")
    assert (
        body.count("\n 1. [monitoring] Monitors observe") == 1 and "\n13. [tier_3] If the violation" in body
    )
    assert "deadline_hours: 24 h (stated [3])" in body and "quiet_hours: 48 h (assumed [1])" in body
    cited = {leaf.source for key, leaf in leaves(framework).items() if not key.endswith("Ukraine")}
    assert {line.split(". ", 1)[1] for line in sources.strip().splitlines()} == cited
    assert max(map(len, text.splitlines())) <= 100


# -------------------------------------------------------------------------- patches and shorthand


def test_a_patch_keeps_the_unit_and_says_that_the_user_set_it() -> None:
    leaf = load("multi-tier", {"tier_2.deadline_hours": "60"}).tiers[1].deadline_hours
    assert leaf.model_dump() == {
        "value": 60.0, "unit": "h", "status": "assumed", "source": "set by the user", "note": None,
    }  # fmt: skip
    assert load("multi-tier").tiers[1].deadline_hours.value == 72, "the shipped framework stays as it was"


def test_a_patch_may_bring_its_own_source() -> None:
    sourced = {"value": 60, "unit": "h", "status": "stated", "source": "a minister"}
    assert (
        load("multi-tier", {"tier_2.deadline_hours": sourced}).tiers[1].deadline_hours.source == "a minister"
    )


def test_a_new_decision_rule_drops_the_lead_or_quorum_of_the_old_one() -> None:
    assert load("multi-tier", {"tier_3.decision": "each"}).tiers[2].lead is None
    assert load("article-5", {"tier_1.decision": "unanimity"}).tiers[0].quorum is None


def as_text(value: object) -> str:
    return (
        ",".join(value)
        if isinstance(value, tuple)
        else str(value).lower()
        if value in (True, False)
        else f"{value}"
    )


@pytest.mark.parametrize("name", shipped())
def test_setting_every_value_to_itself_as_text_changes_nothing(name: str) -> None:
    framework = load(name)
    same = {key: as_text(leaf.value) for key, leaf in leaves(framework).items()}
    patched = load(name, same)
    assert differences(framework, patched) == []
    assert {leaf.source for leaf in leaves(patched).values()} == {"set by the user"}


NUMERIC = [key for key, leaf in schema().items() if leaf.kind in (int, float) and not key.startswith("tier_")]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_number_in_range_goes_through_a_patch_unchanged_and_one_outside_is_refused(
    data: st.DataObject,
) -> None:
    key = data.draw(st.sampled_from([key for key in NUMERIC if key != "entry.days"]))
    leaf: Leaf = schema()[key]
    whole = leaf.kind is int
    value = data.draw(
        st.integers(-20, 20) if whole else st.floats(leaf.low - leaf.high, 2 * leaf.high, allow_nan=False)
    )
    if leaf.low <= value <= leaf.high:
        assert leaves(load("multi-tier", {key: repr(value)}))[key].value == value
    else:
        fault = refused("multi-tier", {key: repr(value)})
        assert (fault.field, fault.received, fault.allowed) == (key, value, leaf.words())


def test_a_framework_survives_the_way_to_plain_tables_and_back() -> None:
    for name in shipped():
        assert from_mapping(to_mapping(load(name))) == load(name)


def test_a_bare_value_is_an_assumption_without_a_source_and_defaults_may_be_left_out() -> None:
    bare = re.sub(r"= \{ value = (.*?), unit = .*\}$", r"= \1", TEXT, flags=re.MULTILINE)
    assert "unit" not in bare
    shorter = re.sub(r"^(materiality|quiet_hours|days) = .*\n", "", bare, flags=re.MULTILINE)
    framework = from_text(shorter)
    assert differences(framework, load("multi-tier")) == []
    assert framework.clock.starts.source == "given without a source"
    assert framework.breach.materiality.source == "default of the schema"


def test_a_file_of_the_users_own_loads_by_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(TEXT.replace('"multi-tier"', '"my-plan"'), encoding="utf-8")
    assert load(file).name == load(str(file)).name == "my-plan"


# ------------------------------------------------------------------------------- what is refused


def test_an_unknown_name_is_answered_with_the_names_there_are() -> None:
    fault = refused("multitier")
    assert (fault.field, fault.received, fault.nearest) == ("framework", "multitier", "multi-tier")
    assert all(name in fault.allowed for name in shipped())
    assert refused("NONE").nearest == "none"


BAD_SETTINGS = [
    ("tier_2.deadlin_hours", 48, "tier_2.opens_hours, tier_2.deadline_hours", "tier_2.deadline_hours"),
    ("tier_4.opens_hours", 48, "a key of tier_1, tier_2, tier_3", None),
    ("clok.starts", "breach", "monitoring, attribution, breach, clock", "clock.starts"),
    ("clock", "breach", "a key out of clock.starts", "clock.starts"),
    ("clock.starts", "brech", "one of breach, verification", "breach"),
    ("breach.repeated_count", "2.5", "a whole number from 2 to 8 (incidents)", None),
    ("breach.repeated_count", True, "a whole number from 2 to 8 (incidents)", None),
    ("case.quiet_hours", "nan", "a number from 1 to 8760 (h)", None),
    ("case.quiet_hours", "inf", "a number from 1 to 8760 (h)", None),
    ("case.quiet_hours", True, "a number from 1 to 8760 (h)", None),
    ("case.quiet_hours", "soon", "a number from 1 to 8760 (h)", None),
    ("case.quiet_hours", None, "a number from 1 to 8760 (h)", None),
    ("case.record_survives", "maybe", "true or false", None),
    ("tier_1.required_strength", 0, "a number above 0 and up to 1 (share of called weight)", None),
    ("tier_2.deadline_hours", 12, "at least 24 (h), the hour at which tier_2 opens", None),
    ("tier_2.expected_hours", 80, "from 24 to 72 (h), between opening and deadline of tier_2", None),
    (
        "tier_3.opens_hours",
        20,
        "at least 24 (h), the opens_hours of tier_2: hours must not run backwards",
        None,
    ),
    ("entry.days", 3, "0 (d), since entry.condition is cease-fire", None),
    (
        "entry.condition",
        "quiet-days",
        "above 0 and up to 18250 (d), since entry.condition is quiet-days",
        None,
    ),
    ("binds", "", "a list with Russia in it, since there are tiers", None),
    ("binds", "Russia,Ukrain", "a list without repetition of Russia, Ukraine", "Ukraine"),
    ("binds", "Russia,Ukraine", "at least one measure, since the framework binds Ukraine", None),
    ("tier_2.measures.Ukraine", "sanctions", "no measure, since the framework does not bind Ukraine", None),
    ("tier_2.measures.Russia", "", "at least one measure, since the framework binds Russia", None),
    ("tier_2.measures.Russia", "sanction", "one of formal_warning", "sanctions"),
    ("tier_2.called", "", "at least one state or group", None),
    ("tier_2.called", "GBR,FRA,GBR", "this one is named twice", None),
    ("tier_2.called", "coalition,GBR", "GBR is named twice, for coalition includes it", None),
    ("tier_2.called", "USA,usa", "USA is named twice, for usa includes it", None),
    ("tier_2.called", "coalition,europe", "for coalition includes europe", None),
    ("tier_2.called", "RUS", "any state but Russia", None),
    ("tier_2.called", "GBR,FRN", "or three-letter codes of states", "FRA"),
    ("tier_2.called", "gbr", "or three-letter codes of states", "GBR"),
    ("tier_2.called", "colition", "coalition, europe, usa, ukraine", "coalition"),
    ("tier_2.decision", "quorum", "a value, since tier_2.decision is quorum", None),
    ("tier_2.quorum", 0.5, "nothing, since tier_2.decision is each", None),
    ("tier_3.lead", "UKR", "a state among those called: usa, coalition", None),
]


@pytest.mark.parametrize(("key", "value", "allowed", "near"), BAD_SETTINGS)
def test_a_bad_setting_is_refused_with_field_value_allowed_and_nearest(
    key: str, value: object, allowed: str, near: str | None
) -> None:
    fault = refused("multi-tier", {key: value}, STATES)
    assert allowed in fault.allowed
    assert fault.nearest == near
    assert fault.field in str(fault) and fault.field.split(".")[0] in (key.split(".")[0], "tier_1")
    assert fault.where is not None and "multi-tier" in fault.where


def test_deadlines_that_run_backwards_are_refused_with_both_values() -> None:
    fault = refused("multi-tier", {"tier_2.deadline_hours": 130, "tier_2.expected_hours": 90})
    assert str(fault) == (
        "framework multi-tier with settings: tier_3.deadline_hours: got 120.0; allowed: at least 130 (h), "
        "the deadline_hours of tier_2: hours must not run backwards"
    )


BAD_FILES = [
    ('unit = "h"', 'unit = "d"', "case.quiet_hours.unit", "the unit of this value, 'h'", "d"),
    (
        'value = 24, unit = "h"',
        "value = 24",
        "tier_1.deadline_hours.unit",
        "the unit of this value, 'h'",
        None,
    ),
    ("value = 24", 'value = "24"', "tier_1.deadline_hours", "a number above 0 and up to 8760 (h)", "24"),
    ("value = 24", "value = nan", "tier_1.deadline_hours", "a number above 0 and up to 8760 (h)", None),
    ("value = 24", "value = 9000", "tier_1.deadline_hours", "up to 8760 (h)", 9000),
    ("value = 24", "value = 0xFFFFFFFFFFFFFFFFFFFFF", "tier_1.deadline_hours", "up to 8760 (h)", 2**84 - 1),
    ("deadline_hours", "deadlin_hours", "tier_1.deadlin_hours", "the keys name, trigger", "deadlin_hours"),
    ("status =", "statsu =", "binds.statsu", "the keys value, unit, status, source, note", "statsu"),
    ('status = "inferred"', 'status = "guess"', "binds.status", "one of stated, inferred, assumed", "guess"),
    (
        'source = "judgement"',
        'source = " "',
        "monitoring.coverage_multiplier.source",
        "text that is not empty",
        " ",
    ),
    ('name = "multi-tier"', 'name = "Multi Tier"', "name", "lower case with hyphens", "Multi Tier"),
    ("[us]", "[us]\npresident = 1", "us.president", "the keys participates", "president"),
    ("[tier_2]", "[tier_4]", "tier_2", "numbered from tier_1 without a gap", None),
    ("[tier_2]", "[tier_5]", "tier_5", "tier_3, tier_4", "tier_5"),
    ("[us]", "[us", "file", "valid TOML", "[us"),
]


@pytest.mark.parametrize(("old", "new", "field", "allowed", "received"), BAD_FILES)
def test_a_faulty_file_is_refused_with_its_first_fault(
    old: str, new: str, field: str, allowed: str, received: object
) -> None:
    fault = refused_text(old, new)
    assert fault.field == field
    assert allowed in fault.allowed
    if received is not None:
        assert fault.received == received


def test_further_faults_are_counted_and_an_unknown_key_offers_the_nearest() -> None:
    fault = refused_text("[clock]\nstarts", "[clock]\nstart")
    assert str(fault) == (
        "mine.toml: clock.start: got 'start'; allowed: the keys starts (and 1 more); did you mean 'starts'?"
    )
    assert str(refused_text('title = "The 24 h / 72 h plan"\n', "")) == (
        "mine.toml: title: got nothing; allowed: a value, for it is required: text"
    )


def test_parties_are_not_bound_where_there_are_no_tiers() -> None:
    fault = refused("observe-only", {"binds": "Russia"})
    assert (fault.field, fault.received) == ("binds", ["Russia"])
    assert fault.allowed == "an empty list, since there are no tiers"


def test_a_measure_outside_its_own_range_is_refused() -> None:
    table = load_measures()["sanctions"].model_dump(exclude_none=True)
    table["punishment"]["low"] = 7.0
    with pytest.raises(ValidationError) as caught:
        Measure.model_validate(table)
    assert caught.value.errors()[0]["ctx"]["allowed"] == "a number from low = 7 to high = 15"


def test_a_state_named_twice_in_a_file_is_refused() -> None:
    fault = refused_text('value = ["coalition"]', 'value = ["GBR", "FRA", "GBR"]')
    assert (fault.field, fault.received) == ("tier_2.called", "GBR")
    assert "named twice" in fault.allowed


def test_an_unknown_measure_in_a_file_is_refused_with_the_nearest() -> None:
    fault = refused_text('"coordinated_strikes"', '"cordinated_strike"')
    assert (fault.field, fault.nearest) == ("tier_3.measures.Russia", "coordinated_strikes")


def test_files_that_cannot_be_frameworks_are_refused_not_crashed_on(tmp_path: Path) -> None:
    def fault_of(name: str, content: bytes) -> BadInput:
        (tmp_path / name).write_bytes(content)
        return refused(tmp_path / name)

    assert "UTF-8" in fault_of("a.toml", b"name = '\xff'").allowed
    assert "at most 1 MB" in fault_of("b.toml", b"#" * 1_000_001).allowed
    assert "levels" in fault_of("c.toml", b"a = " + b"[" * 100_000).allowed
    assert "levels" in fault_of("d.toml", b"a" + b".a" * 400_000 + b" = 1").allowed
    assert "at most 10000 lines" in fault_of("e.toml", b"#\n" * 10_001).allowed
    assert "valid TOML" in fault_of("f.toml", b"a = " + b"9" * 5_000).allowed
    assert "valid TOML" in fault_of("g.toml", b"binds = 0x" + b"f" * 900_000).allowed
    begun = time.perf_counter()
    assert "valid TOML" in fault_of("h.toml", b'a = "' + b'\\"' * 100_000 + b"." * 40).allowed
    assert time.perf_counter() - begun < 5, "unclosed quotes must not cost quadratic time"
    many = TEXT.replace('["coalition"]', str([f"S{k}" for k in range(50_000)])).encode()
    assert "at most 64 names" in fault_of("i.toml", many).allowed
    assert "no shipped framework" in fault_of("j.toml", TEXT.encode()).allowed
    assert "can be read" in refused(tmp_path / "absent.toml").allowed
    assert "can be read" in refused("a\0b.toml").allowed
    (tmp_path / "folder.toml").mkdir()
    assert "a regular file" in refused(tmp_path / "folder.toml").allowed
    assert "path of a .toml file" in refused(tmp_path / "plan.txt").allowed


# -------------------------------------------------------------------------------------- fuzzing

JUNK = (
    "", "x = 1", "[tier_1]", "[[tier_1]]", "tier_2 = 3", "= {", '"""', "opens_hours = -1", "binds = 5",
    "called = { value = [[]], unit = 'states' }", "value = 99999999999999999999", "us = [1, {a = 2}]",
    "note = 1979-05-27", "trigger = { value = {}, unit = {}, status = {}, source = {} }", "a.b.c.d.e = inf",
    "x = " + "[" * 400 + "]" * 400, "x = " + "{a=" * 300 + "1" + "}" * 300, "measures = 'sanctions'",
    "deadline_hours = true", "name = ''", "measures.Russia.value.x = 1", "[us.participates.value]",
)  # fmt: skip
VALUES = (
    "-1",
    "nan",
    "1e400",
    "''",
    "[]",
    "{}",
    "true",
    "'x'",
    "0x" + "f" * 150,
    "1979-05-27",
    "[1, 'a', []]",
)


def mutated(text: str, chance: random.Random) -> str:
    lines = text.splitlines()
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(lines))
        kind = chance.randrange(6)
        if kind == 0 and len(lines) > 1:
            del lines[place]
        elif kind == 1:
            lines.insert(chance.randrange(len(lines)), lines[place])
        elif kind == 2:
            lines[place] = chance.choice(JUNK)
        elif kind == 3:
            lines[place] = re.sub(
                r"value = (\[[^]]*\]|[^,]+)", f"value = {chance.choice(VALUES)}", lines[place]
            )
        elif kind == 4:
            lines[place] = re.sub(r"= .*", f"= {chance.choice(VALUES)}", lines[place])
        elif lines[place]:
            cut = chance.randrange(len(lines[place]))
            lines[place] = lines[place][:cut] + chance.choice('"{}[]=.,#\\\u2028é0') + lines[place][cut + 1 :]
    return "\n".join(lines)


def test_mutated_files_give_a_framework_or_one_message_and_nothing_else() -> None:
    chance, good, bad = random.Random(20260203), 0, 0
    for turn in range(300):
        text = (DATA / "frameworks" / f"{shipped()[turn % len(shipped())]}.toml").read_text(encoding="utf-8")
        try:
            framework = from_text(mutated(text, chance), "fuzz.toml")
        except BadInput as fault:
            bad += 1
            assert "\n" not in str(fault) and fault.where == "fuzz.toml" and len(str(fault)) < 2_000
        else:
            good += 1
            assert isinstance(framework, Framework)
            assert describe(framework) and len(clauses(framework)) >= 10
    assert good > 20 and bad > 100, "the mutations must reach both sides"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(schema())), JSON)
def test_any_value_under_any_key_gives_a_framework_or_one_message(key: str, value: object) -> None:
    try:
        assert isinstance(load("multi-tier", {key: value}), Framework)
    except BadInput as fault:
        assert fault.field and fault.allowed


def test_the_files_are_plain_toml_whose_name_is_that_of_the_file() -> None:
    for path in (DATA / "frameworks").glob("*.toml"):
        assert tomllib.loads(path.read_text(encoding="utf-8"))["name"] == path.stem

"""Golden transcripts: one run of every shipped framework, told event by event and compared line by line.

Equal bytes are promised on one machine with one set of versions only. The log rounds to six digits as
it is written, which hides differences in the last bits of a floating-point number between machines, so
the files are compared as text, save that two numbers may differ by one unit of that last digit. Where
a change of rules or of defaults is meant, rewrite the files: ``python -m tests.regolden``.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from environment import frameworks
from tests.support import told

FOLDER = Path(__file__).parent / "golden"
SEED, DAYS = 7, 45
SETTINGS: dict[str, Any] = {
    "scenario.days": DAYS,
    "reliability": 0.8,
    "framework.deployment.half_life_days": 10.0,
    "opportunities.russia_per_day": 0.02,
    "ladder.expanded_attack.gain": 2.5,
    "ladder.expanded_attack.loss": 1.0,
    "opportunities.ukraine_per_day": 0.015,
    "choice.precision_russia": 0.02,
    "choice.precision_ukraine": 0.02,
    "halting.by_ukraine": 0.015,
    "background.russia_per_day": 8.0,
    "background.ukraine_per_day": 6.0,
    "endings.collapse_hours": 240.0,
    "war.per_exchange": 0.005,
    "false_alarm.per_year": 1.0,
    "us.changes_per_year": 12.0,
    "truce.recommitments_per_year": 12.0,
}
"""Enough goes on that tiers are called: choices are near chance, opportunities many, halts rare."""
LAST_DIGIT = 1.5e-6


def shipped() -> tuple[str, ...]:
    """Names of the shipped frameworks."""
    return tuple(sorted(path.stem for path in (frameworks.DATA / "frameworks").glob("*.toml")))


def path_of(framework: str) -> Path:
    """Where a framework's transcript is."""
    return FOLDER / f"{framework}.txt"


def transcript(framework: str) -> list[str]:
    """The transcript as it is now."""
    return told(framework, SETTINGS, seed=SEED).text


def same(one: str, other: str) -> bool:
    """Whether two lines say the same, up to one unit of the last digit of a number."""
    if one == other:
        return True
    a, b = json.loads(one), json.loads(other)
    return list(a) == list(b) and all(_close(a[key], b[key]) for key in a)


def _close(a: Any, b: Any) -> bool:
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (a, b))
    if numbers and (isinstance(a, float) or isinstance(b, float)):
        return math.isclose(a, b, rel_tol=0.0, abs_tol=LAST_DIGIT)
    return bool(a == b)


def difference(golden: list[str], now: list[str]) -> str:
    """The first difference between two transcripts in words, or nothing."""
    for number, (one, other) in enumerate(zip(golden, now, strict=False), 1):
        if not same(one, other):
            before = "\n".join(f"      {line}" for line in golden[max(0, number - 4) : number - 1])
            a, b = json.loads(one), json.loads(other)
            fields = ", ".join(k for k in dict.fromkeys([*a, *b]) if not _close(a.get(k), b.get(k)))
            return f"line {number} differs in {fields}\n{before}\n  was {one}\n  now {other}"
    if len(golden) != len(now):
        number = min(len(golden), len(now))
        more, line = ("is", golden[number]) if len(golden) > len(now) else ("was not", now[number])
        return f"line {number + 1} {more} in the golden file only:\n      {line}" if more == "is" else (
            f"line {number + 1} {more} in the golden file:\n      {line}"
        )  # fmt: skip
    return ""


@pytest.mark.parametrize("framework", shipped())
def test_the_transcript_of_a_framework_is_as_it_was(framework: str) -> None:
    golden = path_of(framework).read_text(encoding="utf-8").splitlines()
    found = difference(golden, transcript(framework))
    if found:
        pytest.fail(f"{framework}: {found}\nif this is meant: python -m tests.regolden", pytrace=False)


def test_every_shipped_framework_has_a_transcript_and_every_transcript_a_framework() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == list(shipped())


@pytest.mark.parametrize("framework", shipped())
def test_enough_goes_on_in_a_transcript(framework: str) -> None:
    told_in = [json.loads(line) for line in path_of(framework).read_text(encoding="utf-8").splitlines()]
    events = {event["event"] for event in told_in}
    assert events >= {
        "opportunity",
        "violation_begins",
        "detected",
        "verified",
        "review",
        "case_opened",
        "ending",
    }
    if framework not in ("none", "observe-only"):
        assert events >= {"tier_opened", "response_decided", "response_arrived", "tier_delivered"}
        assert len({event["tier"] for event in told_in} - {None}) >= (1 if framework == "article-5" else 2)


def test_a_difference_is_named_by_its_line_and_field() -> None:
    one = ['{"t": 0, "event": "a"}', '{"t": 1.5, "event": "b"}']
    assert difference(one, one) == ""
    assert difference(one, [one[0], '{"t": 1.500001, "event": "b"}']) == ""
    assert difference(one, [one[0], '{"t": 1.50001, "event": "b"}']).startswith("line 2 differs in t")
    assert difference(one, [one[0], '{"t": 1.5, "event": "c"}']).startswith("line 2 differs in event")
    assert difference(one, one[:1]).startswith("line 2 is in the golden file only")
    assert difference(one[:1], one).startswith("line 2 was not in the golden file")
    assert difference(['{"t": 1}'], ['{"t": 2}']).startswith("line 1 differs in t")

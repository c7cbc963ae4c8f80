"""``ceasefire talks``: one negotiation told round by round, the zone of agreement and the solutions beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from agents.bargaining.solutions import solve, zone
from agents.talks.preferences import REFUSED, Preferences
from analysis.talks import jackknife
from commands.sweep import finite
from environment.log import TALKS_ENDINGS, Event, Row, write
from environment.rules.draws import DAY
from environment.sentences import story
from environment.talks.packages import ALL, PRINCIPALS, RUSSIA, UKRAINE, issues, package_words
from environment.talks.protocols import AGREED
from environment.talks.sentences import TOLD_TALKS, package_sentence
from experiments.talks.course import Course, Meeting
from experiments.talks.measure import admitted, course_outcomes, zone_outcomes
from experiments.talks.setting import WITHOUT_GUARANTEE, Setting, explained, resolve_talks
from experiments.talks.worth import Told, Worth

POINTS = {
    "nash": "Nash",
    "kalai_smorodinsky": "Kalai-Smorodinsky",
    "egalitarian": "egalitarian",
    "welfare": "greatest welfare",
}
BATCHES = 8
"""Parts of the simulated runs, each left out once, for the Monte-Carlo error of the zone."""
ALWAYS = {"ceasefire_begins", "ending"}


def talks_command(
    scenario: str,
    settings: Mapping[str, Any],
    seed: int,
    replication: int,
    engine: str,
    without_guarantees: bool,
    days: float | None,
    log_file: str | None,
    everything: bool,
    explain: str | None,
    form: str,
) -> None:
    """Tell one course of talks; parameters as the options of ``ceasefire talks``.

    Raises
    ------
    BadInput
        For anything that cannot be used, before anything is written.
    """
    if explain:
        print(explained(explain))
        return
    setting = resolve_talks(
        WITHOUT_GUARANTEE if without_guarantees else "multi-tier", scenario, settings, days
    )
    worth = _prepared(setting, engine)
    from experiments.talks.engine import course

    found = course(setting, seed, replication, engine)
    if log_file:
        write(found.rows, log_file)
    if form == "json":
        print(json.dumps(summary(setting, worth, found, seed, replication), indent=2))
        return
    print(f"Talks, scenario {setting.name}, seed {seed}, replication {replication}")
    print(_about(setting), end="\n\n")
    for line in _told(found.rows, everything):
        print(line)
    print("\n" + "\n".join(_conclusion(setting, worth, found)))


def _prepared(setting: Setting, engine: str) -> Worth:
    """What packages are worth, simulated with a word to the user where it was not before."""
    from experiments.talks.engine import prepare
    from experiments.warmup import warm

    warm("compiled")
    warm("log" if engine == "compiled" else "mesa")
    with simulating() as told:
        return prepare(setting, told)


@contextmanager
def simulating() -> Iterator[Told]:
    """A progress bar on standard error that shows itself only where simulating takes time."""
    from tqdm import tqdm

    with tqdm(total=0, desc="simulating what packages are worth", unit="cease-fire", delay=1.0) as bar:

        def told(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        yield told


def summary(setting: Setting, worth: Worth, found: Course, seed: int, replication: int) -> dict[str, Any]:
    """A course as plain JSON values.

    Returns
    -------
    dict
        ``agreed, package`` (option by issue, or null), ``rounds, zone`` (``size``: packages in it, ``share`` of those
        on the table, with and without a response), ``solutions`` (package and gains), ``distances``, ``truces``
        and all ``outcomes``.
    """
    first = found.meetings[0]
    outcomes = course_outcomes(setting, worth, found)
    agreed = first.outcome == AGREED
    code = int(setting.space.codes[first.agreed]) if agreed else None
    return {
        "scenario": setting.name,
        "seed": seed,
        "replication": replication,
        "agreed": agreed,
        "package": None if code is None else package_words(code),
        "rounds": first.rounds,
        "ending": TALKS_ENDINGS[first.outcome],
        "zone": _zone(first, worth, outcomes),
        "solutions": _solutions(setting, first),
        "distances": {n: finite(outcomes[f"from_{n}"]) for n in ("pareto", *POINTS)},
        "truces": [
            {
                "package": package_words(truce.code),
                "began_day": truce.began / DAY,
                "days": truce.days,
                "ending": truce.outcomes["ending"],
            }
            for truce in found.truces
        ],
        "outcomes": {key: finite(value) for key, value in outcomes.items()},
    }


def _zone(first: Meeting, worth: Worth, outcomes: Mapping[str, Any]) -> dict[str, Any]:
    both = zone(first.gains[:, PRINCIPALS]) & first.open
    return {
        "size": int(both.sum()),
        "share": finite(outcomes["zone"]),
        "packages": len(both),
        "with_response": {
            "size": int((both & worth.responds).sum()),
            "share": finite(outcomes["zone_with_response"]),
        },
        "without_response": {
            "size": int((both & ~worth.responds).sum()),
            "share": finite(outcomes["zone_without_response"]),
        },
    }


def _solutions(setting: Setting, first: Meeting) -> dict[str, Any]:
    """The solutions over the packages without a veto: package and gains of Russia and Ukraine (null: none)."""
    places = np.flatnonzero(first.open)
    if not len(places):
        return dict.fromkeys(POINTS)
    gains = first.gains[places][:, PRINCIPALS]
    found = solve(gains)
    return {
        name: None
        if (place := getattr(found, name)) < 0
        else {
            "package": package_words(int(setting.space.codes[places[place]])),
            "gains": {"Russia": float(gains[place, 0]), "Ukraine": float(gains[place, 1])},
        }
        for name in POINTS
    }


# -- the text --------------------------------------------------------------------------------------


def _about(setting: Setting) -> str:
    values = setting.values
    how = {
        "mediated": "the United States tables a text, the parties answer",
        "alternating": "alternating offers",
    }
    return (
        f"{setting.space.size} packages of {_open_issues(setting)} issues; {how[str(values['talks.protocol'])]}; "
        f"Russia {values['talks.russia']}, Ukraine {values['talks.ukraine']}"
    )


def _open_issues(setting: Setting) -> int:
    """How many issues are named as open; one that merely follows another is not."""
    named = str(setting.values["talks.on_the_table"])
    return len(issues()) if named == ALL else len(set(named.split()))


def _told(rows: Sequence[Row], everything: bool) -> Iterator[str]:
    """The story: the talks in full; of the truces only their beginning and ending, unless all is asked for."""
    return story(rows if everything else [row for row in rows if _of_the_talks(row)], everything)


def _of_the_talks(row: Row) -> bool:
    name = Event(row.event).name.lower()
    return name in TOLD_TALKS or name in ALWAYS


def _conclusion(setting: Setting, worth: Worth, found: Course) -> Iterator[str]:
    """Why it came to an agreement or not: the zone, the solutions, the distance, and what followed."""
    first = found.meetings[0]
    yield from _zone_lines(setting, worth, found)
    yield ""
    yield from _solution_lines(setting, first)
    yield ""
    yield _why(first)
    for number, truce in enumerate(found.truces, 1):
        ending = str(truce.outcomes["ending"]).replace("_", " ")
        yield f"Truce {number}: from day {truce.began / DAY:.0f}, {truce.days:.0f} days, ending: {ending}"


def _zone_lines(setting: Setting, worth: Worth, found: Course) -> Iterator[str]:
    outcomes = zone_outcomes(found.meetings[0], worth.responds)
    error = jackknife(setting, worth, found.values, BATCHES)
    yield "Zone of agreement when the talks begin (share of the packages on the table that each prefers to war)"
    yield f"  {'':<34}{'Russia':>9}{'Ukraine':>9}{'both, no veto':>15}{'room':>8}"
    yield _zone_line("with a response to breaches", outcomes, "_with_response")
    yield _zone_line("without one", outcomes, "_without_response")
    yield _zone_line("with one, red lines absolute", _absolute(setting, worth, found), "_with_response")
    yield (
        f"  whole zone {outcomes['zone']:.1%} (Monte-Carlo error {error:.1%}, {setting.values['worth.runs']} simulated "
        f"runs a cease-fire)"
    )
    yield "  room: the greatest gain over war that both can have at once, in war-years; below 0 there is no zone"


def _zone_line(name: str, outcomes: Mapping[str, Any], key: str) -> str:
    cells = [outcomes[f"accepts_russia{key}"], outcomes[f"accepts_ukraine{key}"], outcomes[f"zone{key}"]]
    shown = "".join(
        f"{'-':>{width}}" if math.isnan(cell) else f"{cell:>{width}.1%}"  # no such package is on the table
        for cell, width in zip(cells, (9, 9, 15), strict=True)
    )
    return f"  {name:<34}{shown}{_room(outcomes[f'room{key}'])}"


def _room(value: float) -> str:
    return f"{'-':>8}" if math.isnan(value) or value <= REFUSED / 2.0 else f"{value:>8.2f}"


def _absolute(setting: Setting, worth: Worth, found: Course) -> Mapping[str, Any]:
    """The zone if red lines were refusals rather than costs."""
    values = {**found.values, "talks.red_lines": "absolute"}
    gains = Preferences(setting.space, values, worth.table()).gains(float(values["forecast.donetsk_km2"]))
    first = replace(found.meetings[0], gains=gains, open=admitted(setting, gains))
    return zone_outcomes(first, worth.responds)


def _solution_lines(setting: Setting, first: Meeting) -> Iterator[str]:
    yield "Solutions (gains over war in war-years: Russia, Ukraine)"
    for name, found in _solutions(setting, first).items():
        if found is None:
            yield f"  {POINTS[name]:<20} none: there is no zone of agreement"
        else:
            gains = found["gains"]
            yield _solution(POINTS[name], gains["Russia"], gains["Ukraine"], found["package"])
    if first.outcome == AGREED:
        gains = first.final[first.agreed]
        words = package_words(int(setting.space.codes[first.agreed]))
        yield _solution("agreed", float(gains[RUSSIA]), float(gains[UKRAINE]), words)


def _solution(name: str, russia: float, ukraine: float, package: Mapping[str, str]) -> str:
    return f"  {name:<20} {russia:5.2f} {ukraine:5.2f}  {package_sentence(package)}"


def _why(first: Meeting) -> str:
    """In one sentence, why there was an agreement or none."""
    both = zone(first.gains[:, PRINCIPALS])
    if first.outcome == AGREED:
        return f"Agreement after {first.rounds} rounds."
    if not both.any():
        return "No agreement: no package on the table is better than war for both."
    if not (both & first.open).any():
        return "No agreement: what both prefer to war is vetoed by those who would have to underwrite it."
    reasons = {
        "deadline": "the deadline passed before the parties had conceded far enough",
        "walkout": "a party saw nothing on the table that was better than the war",
        "breakdown": "the talks broke down for reasons outside them",
        "horizon": "the time looked at was over",
        "exhaustion": "the war ended of exhaustion before they had",
    }
    return f"No agreement although there was a zone: {reasons[TALKS_ENDINGS[first.outcome]]}."

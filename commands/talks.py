"""``ceasefire talks``: one negotiation told round by round, the zone of agreement and the solutions beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from agents.talks.preferences import REFUSED
from analysis.talks import jackknife
from analysis.talks_rounds import talks_story
from analysis.talks_told import BATCHES, POINTS, about, solutions, summary, why, with_absolute_red_lines
from environment.log import write
from environment.rules.draws import DAY
from environment.talks.packages import RUSSIA, UKRAINE, package_words
from environment.talks.protocols import AGREED
from environment.talks.sentences import package_sentence
from experiments.talks.course import Course, Meeting
from experiments.talks.measure import zone_outcomes
from experiments.talks.setting import WITHOUT_GUARANTEE, Setting, explained, resolve_talks
from experiments.talks.worth import Told, Worth


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
    print(about(setting), end="\n\n")
    for line in talks_story(found.rows, everything):
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


# -- the text --------------------------------------------------------------------------------------


def _conclusion(setting: Setting, worth: Worth, found: Course) -> Iterator[str]:
    """Why it came to an agreement or not: the zone, the solutions, the distance, and what followed."""
    first = found.meetings[0]
    yield from _zone_lines(setting, worth, found)
    yield ""
    yield from _solution_lines(setting, first)
    yield ""
    yield why(first)
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
    yield _zone_line(
        "with one, red lines absolute", with_absolute_red_lines(setting, worth, found), "_with_response"
    )
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


def _solution_lines(setting: Setting, first: Meeting) -> Iterator[str]:
    yield "Solutions (gains over war in war-years: Russia, Ukraine)"
    for name, found in solutions(setting, first).items():
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

"""Tables of a course of talks, as the page shows them and as files."""

from __future__ import annotations

from typing import Any

from agents.talks.preferences import REFUSED
from analysis.talks_rounds import Round
from analysis.talks_space import PLACE
from analysis.talks_told import POINTS
from console.parts import Written, csv_text
from console.talks.found import Found, Talk
from environment.rules.draws import DAY
from environment.talks.packages import PARTIES, issues, options_of, package_words
from environment.talks.sentences import package_sentence


def solution_rows(found: Found) -> list[list[str]]:
    """The solutions and the agreement: name, gains of Russia and Ukraine, the package's differences in words."""
    rows = []
    for name, solution in found.said["solutions"].items():
        if solution is None:
            rows.append([POINTS[name], "", "", "none: there is no zone of agreement"])
        else:
            gains = solution["gains"]
            words = package_sentence(solution["package"])
            rows.append([POINTS[name], f"{gains['Russia']:.2f}", f"{gains['Ukraine']:.2f}", words])
    if found.said["package"] is not None:
        russia, ukraine = found.talks[0].picture.final
        words = package_sentence(found.said["package"])
        rows.append(["agreed, at its time", f"{russia:.2f}", f"{ukraine:.2f}", words])
    return rows


def package_rows(code: int) -> list[list[str]]:
    """A package issue by issue: title, what was settled, what the option rests on."""
    return [
        [issue.title, option.label, f"{option.status}; {option.source}"]
        for issue, option in zip(issues(), options_of(code), strict=True)
    ]


def room_words(value: float) -> str:
    """A room for agreement in war-years, or a dash where there is none to speak of."""
    return "-" if value != value or value <= REFUSED / 2.0 else f"{value:.2f}"


def _verb(r: Round) -> str:
    """Who offers; nothing where all texts are of one hand, which the table's head says."""
    return f"{r.by} offers:" if r.by in PARTIES else ""


def answer_words(r: Round) -> list[str]:
    """The answers of a round in words."""
    return [
        f"{answer.party} accepts"
        if answer.accepts
        else f"{answer.party} declines" + (f", minding {answer.minds}" if answer.minds else "")
        for answer in r.answers
    ]


def round_row(talk: Talk, k: int) -> dict[str, Any]:
    """A round as the view has it."""
    r, step = talk.rounds[k], talk.picture.path[k]
    return {
        "n": r.number,
        "day": f"{r.day:.1f}",
        "session": r.session,
        "venue": r.venue,
        "verb": _verb(r),
        "told": r.told,
        "whole": package_sentence(package_words(r.code)),
        "answers": answer_words(r),
        "id": f"{PLACE}{step.place}",
    }


def alt_words(found: Found, talk: Talk) -> str:
    """What the figure shows, for those who do not see it."""
    seen = talk.picture
    share = int(seen.zone.sum()) / len(seen.zone)
    return (
        f"{len(seen.open)} packages by what Russia and Ukraine gain over war; {share:.0%} of them are in the zone of "
        f"agreement; {len(seen.front)} are on the Pareto front. {talk.why}"
    )


def idle_words(talk: Talk) -> str:
    """How many rounds are not in the table, if any."""
    idle = talk.held - len(talk.rounds)
    return f" In {idle} of {talk.held} rounds there was nothing to be tabled or offered." if idle else ""


def rounds_csv(talk: Talk) -> str:
    """The rounds as comma-separated values."""
    rows = [
        [r.number, r.day, r.session, r.venue, r.by, r.told, "; ".join(answer_words(r)), *_gains(talk, k)]
        for k, r in enumerate(talk.rounds)
    ]
    columns = (
        "round",
        "day",
        "session",
        "venue",
        "by",
        "package",
        "answers",
        "gain_russia",
        "gain_ukraine",
    )
    return csv_text(columns, rows)


def _gains(talk: Talk, k: int) -> tuple[float, float]:
    russia, ukraine = talk.picture.gains[talk.picture.path[k].place]
    return float(russia), float(ukraine)


def zone_rows(found: Found) -> list[list[str]]:
    """The zone's lines as text."""

    def percent(value: float) -> str:
        return "-" if value != value else f"{value:.1%}"

    return [
        [
            line.name,
            percent(line.russia),
            percent(line.ukraine),
            percent(line.both),
            percent(line.error),
            room_words(line.room),
        ]
        for line in found.zone
    ]


def zone_csv(found: Found) -> str:
    """The zone's lines as comma-separated values."""
    rows = [[z.name, z.russia, z.ukraine, z.both, z.error, z.room] for z in found.zone]
    return csv_text(("packages", "accepts_russia", "accepts_ukraine", "zone", "zone_error", "room"), rows)


def truce_rows(found: Found) -> list[list[str]]:
    """The truces in brief."""
    return [
        [
            str(number),
            f"day {truce.began / DAY:.0f}",
            f"{truce.days:.1f} days",
            str(truce.outcomes["ending"]).replace("_", " "),
        ]
        for number, truce in enumerate(found.truces, 1)
    ]


def solutions_csv(found: Found) -> str:
    """The solutions and the agreement as comma-separated values."""
    rows = [
        [name, Written(russia), Written(ukraine), said]
        for name, russia, ukraine, said in solution_rows(found)
    ]
    return csv_text(("solution", "gain_russia", "gain_ukraine", "package"), rows)


def package_csv(code: int) -> str:
    """A package as comma-separated values."""
    return csv_text(("issue", "settled_as", "basis"), package_rows(code))

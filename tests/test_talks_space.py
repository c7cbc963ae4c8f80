"""Talks in the space of gains: front, zone and path of the figure against what they are taken from."""

from __future__ import annotations

import numpy as np
import pytest

from agents.bargaining.front import pareto_front, zone
from agents.talks.preferences import REFUSED
from analysis.talks import jackknife, zone_errors
from analysis.talks_rounds import Round, rounds, talks_story
from analysis.talks_space import PLACE, Picture, Step, picture
from analysis.talks_space_figure import draw_space
from environment.log import Event, Row, usa
from environment.rules.draws import DAY
from environment.talks.packages import PRINCIPALS, code_of
from environment.talks.protocols import AGREED, DEADLINE
from experiments.talks.course import Course, Meeting
from experiments.talks.engine import course, prepare
from experiments.talks.measure import zone_outcomes
from experiments.talks.setting import Setting, resolve_talks
from experiments.talks.worth import Worth
from tests.test_talks_command import SMALL

type Told = tuple[Setting, Worth, Course]


@pytest.fixture(scope="module", params=["mediated", "alternating"])
def told(request: pytest.FixtureRequest) -> Told:
    settings = dict(pair.split("=", 1) for pair in SMALL) | {"talks.protocol": request.param}
    setting = resolve_talks(settings=settings)
    worth = prepare(setting)
    return setting, worth, course(setting, 1, 0, "compiled")


def seen_of(told: Told) -> Picture:
    setting, _, found = told
    mine = [r for r in rounds(found.rows) if r.talks == 1]
    return picture(setting.space, found.meetings[0], mine)


def test_the_front_is_that_of_the_open_packages(told: Told) -> None:
    seen = seen_of(told)
    meeting = told[2].meetings[0]
    gains = meeting.gains[:, PRINCIPALS]
    places = np.flatnonzero(meeting.open)
    assert seen.front.tolist() == places[pareto_front(gains[places])].tolist()
    for place in np.flatnonzero(seen.open & seen.drawn):
        better = (gains[seen.front] >= gains[place]).all(axis=1)
        assert better.any(), "every open package is on the front or under it"


def test_the_zone_is_the_one_that_is_measured(told: Told) -> None:
    _, worth, found = told
    seen = seen_of(told)
    outcomes = zone_outcomes(found.meetings[0], worth.responds)
    assert seen.zone.mean() == outcomes["zone"]
    assert seen.zone[worth.responds].mean() == outcomes["zone_with_response"]
    assert (zone(seen.gains[seen.zone])).all() and seen.open[seen.zone].all()


def test_the_path_is_the_log(told: Told) -> None:
    setting, _, found = told
    seen = seen_of(told)
    first = [row for row in found.rows if row.event in (Event.OFFER, Event.TEXT_TABLED)]
    begun = [k for k, row in enumerate(found.rows) if row.event == Event.TALKS_BEGIN]
    if len(begun) > 1:
        first = [r for r in found.rows[: begun[1]] if r.event in (Event.OFFER, Event.TEXT_TABLED)]
    assert [step.number for step in seen.path] == [int(row.y) for row in first]
    assert [int(setting.space.codes[step.place]) for step in seen.path] == [int(row.x) for row in first]
    if found.meetings[0].outcome == AGREED:
        assert seen.agreed == seen.path[-1].place == found.meetings[0].agreed


def test_a_round_has_its_answers_in_order(told: Told) -> None:
    found = told[2]
    told_rounds = rounds(found.rows)
    answers = [row for row in found.rows if row.event == Event.ANSWER]
    said = [answer for r in told_rounds for answer in r.answers]
    assert [answer.accepts for answer in said] == [bool(row.y) for row in answers]
    for r in told_rounds:
        assert r.day >= 0.0 and r.session >= 1 and r.venue and r.told
        parties = [answer.party for answer in r.answers]
        assert parties == (["Russia", "Ukraine"] if r.by == "United States" else [other(r.by)])


def other(party: str) -> str:
    return {"Russia": "Ukraine", "Ukraine": "Russia"}[party]


def test_what_was_objected_to_is_named_by_its_title() -> None:
    code = float(code_of({}))
    rows = [
        Row(0, Event.TALKS_BEGIN, x=1.0),
        Row(0, Event.SESSION_OPENS, x=1.0, y=1.0),
        Row(DAY, Event.TEXT_TABLED, usa(), x=code, y=1.0),
        Row(DAY, Event.ANSWER, 0, x=code, y=0.0, z=0.0),
        Row(DAY, Event.ANSWER, 1, x=code, y=1.0, z=-1.0),
    ]
    (only,) = rounds(rows)
    assert (only.day, only.session, only.venue, only.by, only.code) == (
        1.0,
        1,
        "Geneva",
        "United States",
        code,
    )
    assert [(a.party, a.accepts, a.minds) for a in only.answers] == [
        ("Russia", False, "Line and Donbas"),
        ("Ukraine", True, ""),
    ]
    assert len(list(talks_story(rows))) == len(rows)


def test_the_same_talks_give_the_same_bytes_and_the_places_can_be_found(told: Told) -> None:
    seen = seen_of(told)
    one, two = draw_space(seen, "what to know"), draw_space(seen, "what to know")
    assert one == two and set(one) == {"space.svg", "space.png"}
    svg = one["space.svg"].decode()
    for step in seen.path:
        assert f'id="{PLACE}{step.place}"' in svg


def made(gains: np.ndarray, open_packages: np.ndarray, path: tuple[Step, ...] = ()) -> Picture:
    inside = (gains >= 0.0).all(axis=1) & open_packages
    nowhere = dict.fromkeys(("nash", "kalai_smorodinsky", "egalitarian", "welfare"), -1)
    front = np.flatnonzero(open_packages)[pareto_front(gains[open_packages])]
    return Picture(gains, open_packages, inside, front, path, -1, (np.nan, np.nan), nowhere)


def test_where_there_are_thousands_their_density_is_drawn() -> None:
    angle = np.linspace(0.0, 6.28, 30_000)
    gains = np.stack([np.cos(angle), np.sin(angle * 7.0)], axis=1)
    few = draw_space(made(gains[:100], np.ones(100, np.bool_)), "")
    many = draw_space(made(gains, gains[:, 0] < 0.9, (Step(1, 5, "Russia"),)), "")
    assert len(many["space.svg"]) < 1_000_000, "one by one they would take many times as much"
    assert few["space.svg"] != many["space.svg"]


def test_what_is_refused_is_off_the_scale_and_nothing_open_is_no_fault() -> None:
    gains = np.array([[0.5, 0.5], [REFUSED, 1.0], [0.2, -0.1]])
    seen = made(gains, np.zeros(3, np.bool_), (Step(1, 1, "Ukraine"), Step(2, 0, "Russia")))
    assert seen.drawn.tolist() == [True, False, True]
    svg = draw_space(seen, "")["space.svg"].decode()
    assert f'id="{PLACE}0"' in svg and f'id="{PLACE}1"' not in svg


def test_talks_without_anything_open_have_no_solutions() -> None:
    setting = resolve_talks(settings=dict(pair.split("=", 1) for pair in SMALL))
    size = setting.space.size
    gains, nothing = np.full((size, 4), -1.0), np.zeros(size, np.bool_)
    meeting = Meeting(DEADLINE, 0, 0, 5, -1, nothing, gains, nothing, gains)
    seen = picture(setting.space, meeting, [])
    assert set(seen.solutions.values()) == {-1} and not seen.zone.any() and seen.front.size == 0
    unknown = Round(1, 1, 0.0, 1, "Geneva", "Russia", -5, "", ())
    assert picture(setting.space, meeting, [unknown]).path[0].place == -1


def test_the_errors_of_the_zone_hold_the_one_of_the_whole(told: Told) -> None:
    setting, worth, found = told
    errors = zone_errors(setting, worth, found.values, 8)
    assert errors["zone"] == jackknife(setting, worth, found.values, 8)
    assert all(error >= 0.0 for error in errors.values())

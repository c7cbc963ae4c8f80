"""The compiled loop: the agenda, and one cease-fire from beginning to end."""

from __future__ import annotations

from typing import Any

from agents.decision_rules import TYPES
from environment.agenda import Class
from environment.endings import ABROGATION, COLLAPSE, SURVIVED
from environment.log import Event
from environment.rules import draws
from environment.rules.draws import DAY, exponential, milliseconds
from environment.world import RUSSIA, UKRAINE
from experiments.twin.basics import actor_of, add, case_of, draw, kind_of, note, sector_of
from experiments.twin.cases import on_quiet, on_tier
from experiments.twin.compiling import compiled
from experiments.twin.evidence import arm_false_alarm, on_detect, on_false_alarm, on_observe
from experiments.twin.halting import finish_run
from experiments.twin.leadership import gives_up
from experiments.twin.memory import begin as begin_memory
from experiments.twin.responses import on_arrival, on_deadline
from experiments.twin.slow import begin as begin_slow
from experiments.twin.slow import on_day, on_recommitment, on_stance
from experiments.twin.verification import on_verify
from experiments.twin.violations import begin as begin_violations
from experiments.twin.violations import on_halt, on_opportunity, on_review

STANCE, HALT, DAYS, DETECT = int(Class.STANCE), int(Class.HALT), int(Class.DAY), int(Class.DETECT)
OBSERVE, VERIFY, ARRIVE = int(Class.OBSERVE), int(Class.VERIFY), int(Class.ARRIVE)
DEADLINE, TIER, REVIEW, QUIET = int(Class.DEADLINE), int(Class.TIER), int(Class.REVIEW), int(Class.QUIET)
OPPORTUNITY, FALSE_ALARM = int(Class.OPPORTUNITY), int(Class.FALSE_ALARM)
RECOMMIT, STRATEGIC = int(Class.RECOMMIT), int(Class.STRATEGIC)
COLLAPSES, HORIZON = int(Class.COLLAPSE), int(Class.HORIZON)
CEASEFIRE_BEGINS, STRATEGIC_REVIEW = int(Event.CEASEFIRE_BEGINS), int(Event.STRATEGIC_REVIEW)
CAUTIOUS, HAWKISH = 0, 1
assert TYPES == ("cautious", "hawkish")

AGENDA_FULL, LOG_FULL = 2, 3
"""Faults beside `basics.FULL`: the caller gives more room and runs again."""


@compiled
def push(heap: Any, size: int, entry: Any) -> None:
    """Take an event into the heap, ordered by instant and then by the rest of its key."""
    time, order = entry.time, entry.order
    child = size
    while child > 0:
        parent = (child - 1) >> 1
        above = heap[parent]
        if above.time < time or (above.time == time and above.order < order):
            break
        heap[child] = above
        child = parent
    heap[child] = entry


@compiled
def pull(heap: Any, size: int) -> None:
    """Take the first event off the heap, which then has `size` events."""
    last = heap[size]
    time, order = last.time, last.order
    place = 0
    child = 1
    while child < size:
        if child + 1 < size:
            left, right = heap[child], heap[child + 1]
            if right.time < left.time or (right.time == left.time and right.order < left.order):
                child += 1
        below = heap[child]
        if time < below.time or (time == below.time and order < below.order):
            break
        heap[place] = below
        place = child
        child = 2 * place + 1
    heap[place] = last


@compiled
def put_off(later: Any, days: Any, free: int, entry: Any) -> int:
    """Keep an event of a later day on that day's list; returns the next free place."""
    day = entry.time // DAY
    following = later[free].next
    later[free] = entry
    later[free].next = days[day]
    days[day] = free
    return following


@compiled
def open_day(later: Any, days: Any, day: int, free: int, heap: Any, size: int) -> tuple[int, int]:
    """Move a day's events into the heap; returns the heap's size and the next free place."""
    place = days[day]
    days[day] = -1
    while place >= 0:
        push(heap, size, later[place])
        size += 1
        following = later[place].next
        later[place].next = free
        free = place
        place = following
    return size, free


@compiled
def reset(w: Any, s: Any, seed_low: int, seed_high: int, replication: int, logs: int) -> None:
    """The state at the start of a run (the record is all zeros where nothing else is said)."""
    s.key0, s.key1, s.replication, s.logs = seed_low, seed_high, replication, logs
    s.ending = -1
    s.tension = 1.0
    s.restraint_half_life = 1.0
    s.stance = 1
    s.entered = -1
    s.t_abrogated_by = -1
    s.readiness[0] = w.readiness_initial
    s.readiness[1] = w.readiness_initial
    for sector in range(w.sectors):
        for i in range(s.ring.shape[1]):
            s.ring[sector, i] = -1
    for slot in range(len(s.v_level)):
        for k in range(s.v_reached.shape[1]):
            s.v_reached[slot, k] = -1
    for case in range(len(s.c_serial)):
        for k in range(s.c_status.shape[1]):
            s.c_status[case, k] = -1
            s.c_opened_at[case, k] = -1
            s.c_delivered_at[case, k] = -1
    for who in range(s.b_a.shape[0]):
        for k in range(s.b_a.shape[1]):
            s.b_a[who, k] = w.start_a[who, k]
            s.b_b[who, k] = w.start_b[who, k]
    for side in (RUSSIA, UKRAINE):
        if w.typed[side]:
            u, _ = draw(s, draws.TYPE, side, 0)
            s.variant[side] = CAUTIOUS if u < w.choice_cautious_share else HAWKISH
        s.plan[side] = w.plan[side, s.variant[side]]


@compiled
def begin(w: Any, s: Any) -> None:
    """What is armed when the cease-fire takes effect, in the order of the Mesa model."""
    note(s, CEASEFIRE_BEGINS, -1, -1, -1, -1, -1, -1, -1, -1, 0.0, 0.0, 0.0)
    begin_memory(w, s)
    begin_slow(w, s)
    begin_violations(w, s)
    for sector in range(w.sectors):
        arm_false_alarm(w, s, sector, 0)
    add(s, w.horizon, HORIZON, -1, -1, -1, 0, 0)
    u, _ = draw(s, draws.WAR, 0, 0)
    s.war_need = exponential(u)
    for side in (RUSSIA, UKRAINE):
        _arm_strategic(w, s, side, 1)


@compiled
def _arm_strategic(w: Any, s: Any, side: int, number: int) -> None:
    at = milliseconds(24.0 * w.endings_review_days * number)
    if at < w.horizon:
        add(s, at, STRATEGIC, -1, -1, side, 0, number)


@compiled
def _on_strategic_review(w: Any, s: Any, side: int, number: int) -> None:
    """A party considers giving the cease-fire up (R29)."""
    _arm_strategic(w, s, side, number + 1)
    u, _ = draw(s, draws.STRATEGIC, side, number)
    abrogates = gives_up(w, s, side, u)
    note(s, STRATEGIC_REVIEW, side, -1, -1, -1, -1, -1, -1, -1, 1.0 if abrogates else 0.0, 0.0, 0.0)
    if side == UKRAINE:
        s.unanswered = 0.0
    if abrogates:
        s.t_abrogated_by = side
        finish_run(w, s, ABROGATION)


@compiled
def _on_collapse(w: Any, s: Any, side: int, sector: int, mark: int) -> None:
    """An expanded attack has gone on for D_c hours unhalted."""
    slot = side * w.sectors + sector
    if s.v_attack_mark[slot] == mark:
        s.t_utility[side] += w.payoff_collapse * s.v_value[slot]
        finish_run(w, s, COLLAPSE)


@compiled
def handle(w: Any, s: Any, order: int, mark: int, detail: int) -> None:
    """What an event sets off, by its class."""
    kind, sector, actor = kind_of(order), sector_of(order), actor_of(order)
    if kind == ARRIVE:
        on_arrival(w, s, case_of(order), actor, mark, detail)
    elif kind == HALT:
        on_halt(w, s, actor, sector, mark)
    elif kind == REVIEW:
        on_review(w, s, actor, sector, mark, detail)
    elif kind == OPPORTUNITY:
        on_opportunity(w, s, actor, sector, mark, detail)
    elif kind == DAYS:
        on_day(w, s)
    elif kind == VERIFY:
        on_verify(w, s, actor * w.sectors + sector, mark)
    elif kind == OBSERVE:
        on_observe(w, s, actor, sector, mark)
    elif kind == DETECT:
        on_detect(w, s, actor, sector, mark)
    elif kind == DEADLINE:
        on_deadline(w, s, case_of(order), mark, detail)
    elif kind == TIER:
        on_tier(w, s, case_of(order), mark)
    elif kind == QUIET:
        on_quiet(w, s, case_of(order), mark)
    elif kind == STRATEGIC:
        _on_strategic_review(w, s, actor, detail)
    elif kind == FALSE_ALARM:
        on_false_alarm(w, s, sector, detail)
    elif kind == RECOMMIT:
        on_recommitment(w, s, detail)
    elif kind == STANCE:
        on_stance(w, s)
    elif kind == COLLAPSES:
        _on_collapse(w, s, actor, sector, mark)
    elif kind == HORIZON:
        finish_run(w, s, SURVIVED)


@compiled
def run(w: Any, s: Any, heap: Any, later: Any, days: Any, log: Any) -> int:
    """One cease-fire from its first instant to its ending; returns the number of rows of its log.

    The agenda is a heap of today's events and a list for each later day: most events are some days off,
    and a small heap is fast. The order of events is that of their keys all the same.

    Parameters
    ----------
    w, s : records
        The scenario, and a state that `reset` has set.
    heap, later : arrays of layout.ENTRY
        Room for the events of a day, and for those of later days.
    days : array
        Whole numbers, one a day up to the horizon's.
    log : array of layout.ROW
        Filled where the state says so.

    Where there is too little room `s.fault` says for what, and the run is not one.
    """
    for i in range(len(later)):
        later[i].next = i + 1
    for i in range(len(days)):
        days[i] = -1
    begin(w, s)
    size, free, waiting, today, rows = 0, 0, 0, 0, 0
    while True:
        for i in range(s.new):
            entry = s.adds[i]
            if entry.time > w.horizon:
                continue
            if size >= len(heap) or free >= len(later):
                s.fault = AGENDA_FULL
            elif entry.time // DAY <= today:
                push(heap, size, entry)
                size += 1
            else:
                free = put_off(later, days, free, entry)
                waiting += 1
        if rows + s.noted > len(log):
            s.fault = LOG_FULL
        if s.fault:
            return rows
        for i in range(s.noted):
            log[rows] = s.rows[i]
            rows += 1
        s.new = 0
        s.noted = 0
        while size == 0 and waiting > 0 and s.ending < 0:
            today += 1
            if days[today] >= 0:
                size, free = open_day(later, days, today, free, heap, size)
                waiting -= size
        if s.ending >= 0 or size == 0:
            return rows
        first = heap[0]
        s.now = first.time
        order, mark, detail = first.order, first.mark, first.detail
        size -= 1
        pull(heap, size)
        s.events += 1
        handle(w, s, order, mark, detail)

"""Planted faults of the compiled engine; each is compiled anew when it is tried, which takes a minute or so."""

from __future__ import annotations

from tests.planted import Fault

BASICS, BELIEFS, CASES, EVIDENCE, HALTING, LEADERSHIP, RESPONSES, STATES = (
    f"experiments/twin/{name}.py"
    for name in ("basics", "beliefs", "cases", "evidence", "halting", "leadership", "responses", "states")
)
VERIFICATION, VIOLATIONS, BOOKS, LOOP, MEMORY = (
    f"experiments/twin/{name}.py" for name in ("verification", "violations", "books", "loop", "memory")
)

TWIN_FAULTS = (
    Fault("twin: last tie backwards", BASICS, "<< 34) | s.sequence", "<< 34) | (s.sequence ^ 1)"),
    Fault("twin: belief not forgotten before learning", BELIEFS, "    recall(w, s, who, k, hours)\n    a, b =",
          "    a, b ="),
    Fault("twin: promises of the other side", BELIEFS, "side = who % 2", "side = 0"),
    Fault("twin: late at the deadline itself", CASES, "late = s.now > deadline", "late = s.now >= deadline"),
    Fault("twin: quiet mark not renewed", CASES, "    s.c_quiet_mark[case] += 1\n", ""),
    Fault("twin: a case's arrivals outlive it", CASES, "        s.c_arrived[case, k] = 0.0\n", ""),
    Fault("twin: false alarms keep no case open", CASES, "    for kind in range(4):\n", "    for kind in range(3):\n"),
    Fault("twin: origin of a false alarm", EVIDENCE, "number * 4 + 3", "number * 4 + 2"),
    Fault("twin: hazard not gathered", HALTING, "s.v_gathered[slot] += s.v_rate", "s.v_gathered[slot] = s.v_rate"),
    Fault("twin: tiers that came, off by one", LEADERSHIP, "plan.mask |= 1 << k", "plan.mask |= 2 << k"),
    Fault("twin: quorum missed by a hair", RESPONSES, "* total - 1e-9:", "* total + 1e-9:"),
    Fault("twin: expected share stays nought", RESPONSES, "        before += w.weight[i]", "        before += 0.0"),
    Fault("twin: fatigue keeps its date", STATES, "    s.a_tired_at[i] = hours\n", ""),
    Fault("twin: dispute by u", VERIFICATION, "disputed = v < w.dispute", "disputed = u < w.dispute"),
    Fault("twin: one attempt too many", VERIFICATION, ">= s.i_allowed[slot]", "> s.i_allowed[slot]"),
    Fault("twin: base rates not counted", VERIFICATION, "s.base_count += 1.0", "s.base_count += 0.0"),
    Fault("twin: no settling before an escalation", VIOLATIONS,
          "    settle(w, s)\n    slot = side * w.sectors + sector\n    book(w, s, side, sector)\n    before",
          "    slot = side * w.sectors + sector\n    book(w, s, side, sector)\n    before"),
    Fault("twin: a lapse leaves deadlines armed", CASES,
          "            _cancel(w, s, case)\n    for sector", "            pass\n    for sector"),
    Fault("twin: what is remembered fades from the start", MEMORY, "    s.remembered_at[side, k] = hours\n", ""),
    Fault("twin: nothing is carried", LOOP, "s.b_b[who, k] = w.start_b[who, k]", "s.b_b[who, k] = w.prior_b[who, k]"),
    Fault("twin: what was counted is counted again", BOOKS, "    s.v_counted[slot] = s.now\n", ""),
)  # fmt: skip

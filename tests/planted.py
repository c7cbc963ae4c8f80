"""Planted faults: small wrong edits of an engine, each of which the comparison must notice.

Faults of the compiled engine have the same form: a file of ``experiments/twin/``, a text that stands in it
once, and what takes its place. Shared files (rules, `world.py`, R_k, the log) are no place for one: a fault
there is the same in both engines.
"""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One wrong edit: in a file, a text that occurs in it exactly once becomes another."""

    name: str
    file: str
    old: str
    new: str


AGENDA = "environment/agenda.py"
VERIFICATION = "environment/verification.py"
EVIDENCE = "environment/evidence.py"
VIOLATIONS = "environment/violations.py"
CASES = "environment/cases.py"
RESPONSES = "environment/responses.py"
SLOW = "environment/slow.py"
ENDINGS = "environment/endings.py"
ACCOUNTS = "environment/accounts.py"
CASEBOOK = "environment/casebook.py"
HALTING = "environment/halting.py"
LEDGER = "environment/ledger.py"
LEADERSHIP = "agents/leadership.py"
BELIEFS = "agents/beliefs.py"
COALITION = "agents/coalition.py"
UKRAINE = "agents/ukraine.py"
USA = "agents/united_states.py"

ORDER = (
    Fault("deadline before arrival", AGENDA, "    ARRIVE = 6  # a state's response arrives\n    DEADLINE = 7",
          "    ARRIVE = 7\n    DEADLINE = 6"),
    Fault("verification before observation", AGENDA,
          "    OBSERVE = 4  # a change in a seen violation is seen\n    VERIFY = 5",
          "    OBSERVE = 5\n    VERIFY = 4"),
    Fault("review before the tier's hour", AGENDA, "    TIER = 8  # a tier's clock strikes\n    REVIEW = 9",
          "    TIER = 9\n    REVIEW = 8"),
    Fault("the day before a halt", AGENDA,
          "    HALT = 1  # a violation is halted\n    DAY = 2", "    HALT = 2\n    DAY = 1"),
    Fault("quiet before the review", AGENDA,
          "    REVIEW = 9  # the violator decides; then Ukraine replies\n    QUIET = 10",
          "    REVIEW = 10\n    QUIET = 9"),
    Fault("excess after reassessment", SLOW,
          "        evidence.excess(run, sector)\n        evidence.reassess(run, sector)",
          "        evidence.reassess(run, sector)\n        evidence.excess(run, sector)"),
    Fault("Bayes summed backwards", VERIFICATION, "    for c in range(4):\n        total +=",
          "    for c in (3, 2, 1, 0):\n        total +="),
    Fault("violence summed backwards", ACCOUNTS,
          "    for sector in range(world.sectors):\n        russia =",
          "    for sector in reversed(range(world.sectors)):\n        russia ="),
)  # fmt: skip

THRESHOLDS = (
    Fault("late at the deadline itself", CASES, "late = run.now > deadline", "late = run.now >= deadline"),
    Fault("tier opens after its hour only", CASES, "run.now >= due and", "run.now > due and"),
    Fault("one attempt too many", VERIFICATION, ">= known.allowed[slot]", "> known.allowed[slot]"),
    Fault("equal fire is Ukraine's", EVIDENCE, "[RUSSIA][sector] >= s", "[RUSSIA][sector] > s"),
    Fault("time allowed that is over", RESPONSES, "if allowed > run.now:", "if allowed >= run.now:"),
    Fault("quorum missed by a hair", RESPONSES, "[side][k] - 1e-9:", "[side][k] + 1e-9:"),
    Fault("relapse a day late", SLOW, "run.now - s.truce < 7 * DAY", "run.now - s.truce <= 7 * DAY"),
    Fault("lapse a day late", SLOW, "lapsed((run.now - s.entered) / DAY", "lapsed((run.now - s.entered) / DAY - 1"),
    Fault("awaited after its failure", RESPONSES, "    if awaited:\n", "    if True:\n"),
    Fault("quiet entry a day late", SLOW, ">= world.entry_quiet and", "> world.entry_quiet and"),
    Fault("review at the horizon", ENDINGS, "if at < run.world.horizon:", "if at <= run.world.horizon:"),
    Fault("escalation above the top", LEADERSHIP, "if level >= self.top:", "if level > self.top:"),
    Fault("backing of nought backs", USA, "call.backing <= 0.0", "call.backing < 0.0"),
    Fault("no escalation to the top", VIOLATIONS, "ESCALATE and v.level[slot] >= 5:",
          "ESCALATE and v.level[slot] >= 4:"),
)  # fmt: skip

DRAWS = (
    Fault("dispute by u", VERIFICATION, "disputed = v < world.dispute", "disputed = u < world.dispute"),
    Fault("success by v", VERIFICATION, "if u < world.success:", "if v < world.success:"),
    Fault("signal by u", VERIFICATION, "_update(run, slot, v)\n", "_update(run, slot, u)\n"),
    Fault("signal from another stream", VERIFICATION, "draws.SIGNAL,", "draws.VERIFICATION,"),
    Fault("opportunity by u", VIOLATIONS, "_, v = run.draw(draws.OPPORTUNITY,",
          "v, _ = run.draw(draws.OPPORTUNITY,"),
    Fault("choice by v", VIOLATIONS, "u, _ = run.draw(draws.CHOICE,", "_, u = run.draw(draws.CHOICE,"),
    Fault("review of a delivery from the daily stream", VIOLATIONS, "draws.DELIVERY_REVIEW,", "draws.REVIEW,"),
    Fault("review of a delivery off by one", VIOLATIONS, "day * 8 + entry.detail)",
          "day * 8 + entry.detail - 1)"),
    Fault("origin of a reply", VIOLATIONS, "(run.now // HOUR) * 4 + BY_REPLY", "(run.now // HOUR) + BY_REPLY"),
    Fault("origin of a false alarm", EVIDENCE, "number * 4 + 3", "number * 4 + 2"),
    Fault("false level by v", EVIDENCE, "1 + int(u * p.false", "1 + int(v * p.false"),
    Fault("delay by u", RESPONSES, "_, v = run.draw(draws.COMMITMENT,", "v, _ = run.draw(draws.COMMITMENT,"),
    Fault("jamming of next week", SLOW, "draws.JAMMING, sector, week)", "draws.JAMMING, sector, week + 1)"),
    Fault("war forgets earlier exchanges", ENDINGS, "war_gathered += war_hazard", "war_gathered = war_hazard"),
    Fault("stance by one draw", SLOW, "    s.stance_changes += 1\n", ""),
)  # fmt: skip

STALE = (
    Fault("posterior not updated", VERIFICATION, "posterior[c] = bayes(", "bayes("),
    Fault("base rates not counted", VERIFICATION, "s.base_count += 1.0", "s.base_count += 0.0"),
    Fault("signals of the incident before", LEDGER, "known.attempts[slot] = known.signals[slot] = 0",
          "known.attempts[slot] = 0"),
    Fault("attempts not granted anew", EVIDENCE, "known.attempts[slot] + world.p.verification_attempts",
          "world.p.verification_attempts"),
    Fault("detection keeps its old mark", EVIDENCE, "    v.detect_mark[slot] += 1\n    wait =", "    wait ="),
    Fault("detection not gathered", EVIDENCE, "    _gather(run, slot)\n    into_day", "    into_day"),
    Fault("jamming not seen", EVIDENCE, "[int(s.jammed[sector])]", "[0]"),
    Fault("review of what has ended", VIOLATIONS, "    v.level[slot] = 0\n    v.mark[slot] += 1\n",
          "    v.level[slot] = 0\n"),
    Fault("halt of what has ended", VIOLATIONS, "    v.halt_mark[slot] += 1\n    v.attack_mark[slot] += 1\n",
          "    v.attack_mark[slot] += 1\n"),
    Fault("no settling before an escalation", VIOLATIONS,
          "    accounts.settle(run)\n    v = run.state.violations\n    slot = side * run.world.sectors + sector\n"
          "    accounts.book(run, side, sector)\n    before",
          "    v = run.state.violations\n    slot = side * run.world.sectors + sector\n"
          "    accounts.book(run, side, sector)\n    before"),
    Fault("no settling before an end", VIOLATIONS,
          "    accounts.settle(run)\n    v = run.state.violations\n    slot = side * run.world.sectors + sector\n"
          "    accounts.book(run, side, sector)\n    hours",
          "    v = run.state.violations\n    slot = side * run.world.sectors + sector\n"
          "    accounts.book(run, side, sector)\n    hours"),
    Fault("what was counted is counted again", ACCOUNTS, "    v.counted[slot] = run.now\n", ""),
    Fault("posterior of a case may fall", CASES, "max(c.posterior[case], posterior)", "posterior"),
    Fault("quiet mark not renewed", CASES, "    c.quiet_mark[case] += 1\n", ""),
    Fault("a case's failures outlive it", CASES, "c.missed[case][k] = c.failed[case][k] = ",
          "c.missed[case][k] = "),
    Fault("a case's arrivals outlive it", CASES, "        c.arrived[case][k] = 0.0\n", ""),
    Fault("last case forgotten", CASES, "    c.serial[case] = 0\n    run.state.last_case = run.now\n",
          "    c.serial[case] = 0\n"),
    Fault("nobody tires", RESPONSES, "run.parties.responders[i].tires(effort, run.now / HOUR)", "pass"),
    Fault("halt not retimed at an arrival", RESPONSES,
          "y=c.arrived[case][k])\n    halting.retime_case(run, case)", "y=c.arrived[case][k])"),
    Fault("hazard not gathered", HALTING, "v.gathered[slot] += v.rate[slot] *", "v.gathered[slot] = v.rate[slot] *"),
    Fault("grievance not reset", ENDINGS, "        s.unanswered = 0.0\n", "        pass\n"),
    Fault("belief not forgotten before learning", BELIEFS, "        self._recall(tier, hours)\n        a, b =",
          "        a, b ="),
    Fault("belief forgotten twice", BELIEFS, "            self.learned_at[tier] = hours\n", ""),
    Fault("fatigue does not fade", COALITION, "self.fatigue = float(left) +", "self.fatigue = self.fatigue +"),
    Fault("fatigue keeps its date", COALITION, "        self.tired_at = hours\n", ""),
    Fault("readiness of Russia for both", SLOW, "(\n            s.readiness[side],", "(\n            s.readiness[0],"),
)  # fmt: skip

LOGIC = (
    Fault("level reached, off by one", VERIFICATION, "range(1, v.level[slot] + 1)", "range(1, v.level[slot])"),
    Fault("strike on the way up", VIOLATIONS, "== 3 and answer != ESCALATE:", "== 3:"),
    Fault("reply while violating", VIOLATIONS, "theirs.level[own] == 0 and run", "run"),
    Fault("peace forgone twice", VIOLATIONS, "(forgone[level] - forgone[before]) * peace",
          "forgone[level] * peace"),
    Fault("false alarms keep no case open", CASES, "    for kind in range(4):\n", "    for kind in range(3):\n"),
    Fault("open cases do not awaken", CASES, "> 0:\n            update(run, case)\n\n\ndef lapse",
          "> 0:\n            pass\n\n\ndef lapse"),
    Fault("withheld action not released", CASES, "if active and any(c.withheld[case]):", "if False:"),
    Fault("expected share stays nought", RESPONSES, "        before += run.world.weight[i]", "        before += 0.0"),
    Fault("first exchange twice", RESPONSES, "fresh = c.delivered_at[case][k] == run.now", "fresh = False"),
    Fault("Ukraine does not watch", RESPONSES, "    if side == RUSSIA:\n        run.parties.defender",
          "    if side != RUSSIA:\n        run.parties.defender"),
    Fault("nobody waits for the lead", RESPONSES, "elif leads and i == tiers.lead[k]:", "elif False:"),
    Fault("last target never drawn", ACCOUNTS, "len(world.target_weight) - 1", "len(world.target_weight) - 2"),
    Fault("partners read the whole posterior", CASEBOOK, "c.ordered[case] / max(", "c.posterior[case] / max("),
    Fault("withheld action acts", CASEBOOK, "if c.withheld[case][k]:", "if False:"),
    Fault("tiers that came, off by one", LEADERSHIP, "mask |= 1 << k", "mask |= 2 << k"),
    Fault("hopeless tiers are boundaries", LEADERSHIP, "2 if status == 0 and believed <= 0.0 else status",
          "status"),
    Fault("Ukraine's own beliefs", UKRAINE, "self.partner_beliefs.learn(", "self.beliefs.learn("),
    Fault("mean over all tiers", UKRAINE, "total / len(others) if", "total / tiers.size if"),
)  # fmt: skip

FAULTS = (*ORDER, *THRESHOLDS, *DRAWS, *STALE, *LOGIC)

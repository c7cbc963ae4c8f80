"""Deals bundles of shards out to the workers of a cluster, and takes back what they have not done.

Bundles leave no trace: a shard is the same whoever does it, and with which others. What a dead worker had
is done again shard by shard; a shard whose workers die time and again is done run by run, with a journal.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from environment.errors import RunFailed
from experiments.folder import TEMPORARY
from experiments.members import Bundle, Crew, Member
from experiments.remote import Answer, Order
from experiments.runner import Deliver
from experiments.task import Receipt, Task
from experiments.versions import difference

MOST_SHARDS = 64  # in a bundle: each brings its scenario, and costs its storing
SHARE = 3  # bundles for each thread, at least, in what is left
CAREFUL_AFTER = 2  # deaths of workers on one shard, after which it is done run by run
MOST_DEATHS = 12  # of workers on one shard that no run is to blame for
FAULTS = 2  # workers that cannot do a bundle
RETURN_SECONDS = 60.0  # for workers to come back when all that were ready are gone
SAID = 3  # refused workers that an error names


@dataclass
class Dealer:
    """What is still to do, given away, and done.

    Parameters
    ----------
    crew, address, order
        The workers, where, and what they are told of the sweep.
    most
        Runs in a bundle.
    bar
        Shows the runs that are stored.
    left
        Runs that are not, where their number is known.
    """

    crew: Crew
    address: str
    order: Order
    most: int
    bar: Any
    left: int | None = None
    failed: int = 0
    _tasks: Iterator[Task] = field(default_factory=lambda: iter(()))
    _again: deque[Bundle] = field(default_factory=deque)
    _stored: deque[Receipt] = field(default_factory=deque)
    _last_ready: float | None = None
    _said: str = ""

    def complete(self, tasks: Iterable[Task], deliver: Deliver) -> None:
        """Do some tasks to their end."""
        self._tasks = iter(tasks)
        left = True
        while left or any(member.flights for member in self.crew.standing("ready")):
            self.crew.check()
            for lost in self.crew.look():
                self._give_again(lost)
            left = self._hand_out()
            if left:
                self._somebody_must_be_there()
            for member, bundle, answer in self.crew.news():
                self._take(member, bundle, answer)
            left = self._hand_out() or bool(self._again)
            while self._stored:
                deliver(self._stored.popleft())

    def _hand_out(self) -> bool:
        """Give work to every worker that has room; whether there is work left that nobody has."""
        ready = self.crew.standing("ready")
        if ready:
            self._last_ready = time.monotonic()
        for member in sorted(ready, key=lambda member: len(member.flights)):
            while member.room() > 0:
                if (bundle := self._next()) is None:
                    return False
                self.crew.give(member, bundle)
        left = self._next()
        if left:
            self._again.appendleft(left)
        return left is not None

    def _next(self) -> Bundle | None:
        """The next bundle: what must be done again, else new shards until they are enough."""
        if self._again:
            return self._again.popleft()
        tasks: list[Task] = []
        size = self._size()
        while (
            sum(task.count for task in tasks) < size
            and len(tasks) < MOST_SHARDS
            and (task := next(self._tasks, None))
        ):
            tasks.append(task)
        return Bundle(tasks) if tasks else None

    def _size(self) -> int:
        """Runs in the next bundle: seconds of work, less towards the end, so that all workers have some."""
        if self.left is None:
            return self.most
        threads = sum(member.threads for member in self.crew.standing("ready"))
        return max(1, min(self.most, self.left // (SHARE * max(threads, 1))))

    def _take(self, member: Member, bundle: Bundle | None, answer: Answer) -> None:
        """Act on what a worker has said."""
        kind, said = answer
        if kind == "ready":
            member.standing = "ready"
        elif kind == "receipts":
            for receipt in said:
                self.bar.update(receipt.rows)
                self.left = self.left and self.left - receipt.rows
                self.failed += receipt.failed
                self._stored.append(receipt)
            return
        elif kind == "withdrawn":
            raise RunFailed(f"{self.order['folder']}/{TEMPORARY} was emptied by somebody while the sweep ran")
        elif kind == "versions":
            self._refuse(member, f"{difference(self.order['versions'], said[0])} (its code: {said[1]})")
        elif kind == "refused":
            self._refuse(member, said)
        elif kind == "fault":
            if bundle:
                bundle.faults += 1
                if bundle.faults >= FAULTS:
                    raise RunFailed(
                        f"{FAULTS} workers could not do the same work; the last, {member}: {said}"
                    )
            self._refuse(member, f"it could not do its work: {said}")
        elif bundle:
            bundle.deaths += 1
        if bundle:
            self._give_again(bundle)

    def _give_again(self, bundle: Bundle) -> None:
        """Queue what a worker has not done: shard by shard, then run by run."""
        if not bundle.deaths:
            self._again.append(bundle)
            return
        if bundle.deaths >= MOST_DEATHS:
            raise RunFailed(f"workers keep dying on shard {bundle.tasks[0].name}, with no run to blame")
        careful = bundle.deaths >= CAREFUL_AFTER and len(bundle.tasks) == 1
        self._again += [Bundle([task], bundle.deaths, bundle.faults, careful) for task in bundle.tasks]

    def _refuse(self, member: Member, why: str) -> None:
        """Give a worker no more work, and say so."""
        member.standing, member.why = "refused", why
        for bundle in self.crew.call_back(member):
            self._give_again(bundle)
        self._say(f"worker {member} gets no work: {why}")

    def _somebody_must_be_there(self) -> None:
        """Wait where workers may still come; give up where those that are there may not take part."""
        if self.crew.standing("ready") or self.crew.standing("asked"):
            return
        refused = self.crew.standing("refused")
        if not refused:
            self._say(f"waiting for workers at {self.address} ...")
        elif self._last_ready is None or time.monotonic() > self._last_ready + RETURN_SECONDS:
            words = "; ".join(f"{member}: {member.why}" for member in refused[:SAID])
            more = f"; and {len(refused) - SAID} more" if len(refused) > SAID else ""
            raise RunFailed(f"no worker at {self.address} can take part: {words}{more}")

    def _say(self, words: str) -> None:
        if words != self._said:
            tqdm.write(f"ceasefire: {words}", file=sys.stderr)
        self._said = words

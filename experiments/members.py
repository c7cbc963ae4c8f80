"""The workers of a Dask scheduler as a sweep sees them: asked, ready or refused, each with what it has been given.

Every piece of work is pinned to one worker, so that none goes to a worker that was not held against the
coordinator, and a worker that is gone costs what it had and nothing else (Dask's own count of
`allowed-failures` never comes into it).
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Literal

from environment.errors import RunFailed
from experiments.engines import error_line
from experiments.remote import Answer, Order
from experiments.task import Task

LOOK = 1.0  # seconds between two looks at which workers there are
PATIENCE = 0.5  # seconds to wait for news
ANSWER_SECONDS = 20.0  # that the scheduler may take for anything
AHEAD = 1  # bundles that a worker has beside those it works on, so that it never waits for us


@dataclass(eq=False)
class Bundle:
    """Shards for one worker, how often workers died of them or could not do them, and whether to take care."""

    tasks: list[Task]
    deaths: int = 0
    faults: int = 0
    careful: bool = False


@dataclass(eq=False)
class Member:
    """A worker, what it stands as, and what it has been given, in order (None is the first question)."""

    address: str
    name: str
    threads: int
    standing: Literal["asked", "ready", "refused"] = "asked"
    why: str = ""
    flights: dict[Any, Bundle | None] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.address if self.name == self.address else f"{self.address} ({self.name})"

    def room(self) -> int:
        """How many more bundles it may be given."""
        return self.threads + AHEAD - len(self.flights) if self.standing == "ready" else 0


class Crew:
    """All workers there are.

    Parameters
    ----------
    client, address
        A connected Dask client, and where.
    errand
        The function that a worker calls with a message.
    order
        What every message says of the sweep.
    """

    def __init__(self, client: Any, address: str, errand: Callable[[bytes], bytes], order: Order) -> None:
        self._client, self._address, self._errand, self._order = client, address, errand, order
        self._news: SimpleQueue[Any] = SimpleQueue()
        self._given = 0
        self._looked = 0.0
        self.members: dict[str, Member] = {}

    def standing(self, standing: str) -> list[Member]:
        """Those that stand as that."""
        return [member for member in self.members.values() if member.standing == standing]

    def look(self) -> list[Bundle]:
        """Ask newcomers who they are; returns what was lost with workers that are gone.

        Of a worker's bundles only those that it can have begun count as a death.
        """
        if time.monotonic() < self._looked + LOOK:
            return []
        there = self._ask_scheduler()
        self._looked = time.monotonic()
        lost: list[Bundle] = []
        for ident in [ident for ident in self.members if ident not in there]:
            member = self.members.pop(ident)
            for number, bundle in enumerate(self.call_back(member)):
                bundle.deaths += number < member.threads
                lost.append(bundle)
        for ident, said in there.items():
            if ident not in self.members:
                member = Member(said["address"], str(said["name"]), int(said["nthreads"]))
                self.members[ident] = member
                self._send(member, None, ("welcome", (self._order,)))
        return lost

    def give(self, member: Member, bundle: Bundle) -> None:
        """Hand a bundle to a worker."""
        self._send(member, bundle, ("work", (self._order, bundle.tasks, bundle.careful)))

    def call_back(self, member: Member) -> list[Bundle]:
        """Expect nothing more from a worker; returns the bundles that it had, in order."""
        flights, member.flights = member.flights, {}
        for future in flights:
            future.release()
        return [bundle for bundle in flights.values() if bundle]

    def news(self) -> Iterator[tuple[Member, Bundle | None, Answer]]:
        """What has come back, waiting a moment for something to come."""
        futures = []
        with suppress(Empty):
            futures.append(self._news.get(timeout=PATIENCE))
            while True:
                futures.append(self._news.get_nowait())
        for future in futures:
            for member in self.members.values():
                if future in member.flights:
                    bundle = member.flights.pop(future)
                    yield member, bundle, self._answer(future)
                    break

    def check(self) -> None:
        """Make sure that the scheduler is there.

        Errors
        ------
        RunFailed
            If it is not.
        """
        if self._client.status != "running":
            raise self._gone()

    def _send(self, member: Member, bundle: Bundle | None, message: tuple[str, Any]) -> None:
        self._given += 1
        try:
            future = self._client.submit(
                self._errand,
                pickle.dumps(message),
                key=f"{self._order['permit']}-{self._given}",
                workers=[member.address],
                allow_other_workers=False,
            )
        except Exception as error:  # whatever a dead connection raises
            raise self._gone() from error
        member.flights[future] = bundle
        future.add_done_callback(self._news.put)

    def _answer(self, future: Any) -> Answer:
        """What a worker said; ``lost`` where nothing was."""
        from distributed import KilledWorker

        try:
            if future.status == "finished":
                said: Answer = pickle.loads(future.result(timeout=ANSWER_SECONDS))
                return said
            error = future.exception(timeout=ANSWER_SECONDS) if future.status == "error" else None
        except Exception:  # noqa: BLE001 - it was gone before it could be asked
            self.check()
            return "lost", None
        finally:
            future.release()
        if error is None or isinstance(error, KilledWorker):
            self.check()
            return "lost", None
        return "fault", error_line(error)

    def _ask_scheduler(self) -> dict[str, Any]:
        self.check()
        try:
            said = self._client.sync(
                self._client.scheduler.identity, n_workers=-1, callback_timeout=ANSWER_SECONDS
            )
        except Exception as error:  # whatever a dead connection raises
            raise self._gone() from error
        return {info["id"]: {"address": address, **info} for address, info in said["workers"].items()}

    def _gone(self) -> RunFailed:
        return RunFailed(f"the connection to the scheduler at {self._address} is lost")

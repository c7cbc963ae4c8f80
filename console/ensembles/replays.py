"""The choice that replays a run of an ensemble in the tab that watches."""

from __future__ import annotations

import dataclasses

from console.choice import Choice
from console.ensembles.run import Order
from environment.errors import CeasefireError
from experiments.design import FRAMEWORK, OBSERVE_ONLY
from experiments.scenario import resolve, without_response


def control_choice(choice: Choice) -> Choice:
    """Observe-only with the monitoring of a choice, as a choice of its own on the same random numbers.

    Raises
    ------
    CeasefireError
        Where no settings of the shipped observe-only say the same.
    """
    wanted = without_response(choice.resolved)
    plain = {key: value for key, value in choice.settings.items() if not key.startswith(FRAMEWORK)}
    plain.pop("ladder.arm", None)  # the comparison arm has none
    shipped = resolve(OBSERVE_ONLY, choice.scenario, plain, choice.days).canonical()["framework"]
    law = wanted.canonical()["framework"]
    changed = {FRAMEWORK + key: law[key] for key in law if key != "name" and law[key] != shipped.get(key)}
    found = dataclasses.replace(choice, framework=OBSERVE_ONLY, text="", settings={**plain, **changed})
    if found.resolved.digest() != wanted.digest():
        raise CeasefireError(
            "The comparison arm of this choice cannot be said in settings, so it has no replay."
        )
    return found


def replayed(order: Order, arm: str, replication: int) -> Choice:
    """The choice of one run of an ensemble.

    Parameters
    ----------
    order
        What was run.
    arm
        ``treated`` or ``control``.
    replication
        Number of the run.
    """
    choice = order.a if arm == "treated" else control_choice(order.a)
    return dataclasses.replace(choice, replication=replication)

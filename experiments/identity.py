"""What makes two runs the same run: scenario digest, semantics version, seed and replication.

`SEMANTICS` is raised by one whenever equal scenarios, seeds and replications may give other outcomes
than before: a changed rule, handler, order of events, stream of draws, outcome or its meaning. It is
left alone when only speed, words, storage or an engine's inner workings change. A results folder is
never continued under another version (`--resume` refuses), and every row says which one it is of.
"""

from __future__ import annotations

SEMANTICS = 2
LIBRARIES = ("numba", "numpy", "pyarrow")  # that the bytes of a shard depend on
SHORT = 16  # hexadecimal digits of a scenario's digest in a row


def shard_metadata(scenario: str, rules: str | None, seed: int) -> dict[str, str]:
    """What a stored shard says of itself.

    Parameters
    ----------
    scenario, rules
        SHA-256 of the scenario, and of the rule sources (None where the simulation states none).
    """
    return {"scenario": scenario, "rules": rules or "", "semantics": str(SEMANTICS), "seed": str(seed)}

"""What stands beside the simulation of a study: its closed forms, and how many pairs a point has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.threshold import reliability_threshold, threshold_sentence, tier_probabilities

if TYPE_CHECKING:
    import pandas as pd

    from experiments.scenario import Scenario
    from experiments.study import Study


@dataclass(frozen=True)
class Theory:
    """The closed forms beside the simulation: threshold of r, and R_k per design point."""

    threshold: float | None
    strengths: dict[int, tuple[float, ...]]
    sentence: str = ""


def theory_of(study: Study, scenarios: Sequence[Scenario]) -> Theory:
    """The closed forms for the scenarios of a study's design points."""
    strengths = {index: tuple(tier_probabilities(scenario)) for index, scenario in enumerate(scenarios)}
    # One threshold can be stated only where nothing but reliability changes it from row to row.
    if study.varied() != ("reliability",):
        return Theory(None, strengths)
    threshold = reliability_threshold(scenarios[0])
    return Theory(threshold, strengths, threshold_sentence(scenarios[0], threshold))


def second_tier(study: Study, theory: Theory) -> list[tuple[float, float]]:
    """Reliability against R_2, where reliability is what is varied and there is a second tier."""
    if study.varied() != ("reliability",):
        return []
    rows = [(row["reliability"], theory.strengths.get(index, ())) for index, row in enumerate(study.rows())]
    return [(float(value), ranks[1]) for value, ranks in rows if len(ranks) > 1]


def replications(study: Study, table: pd.DataFrame) -> int:
    """Paired replications a point: those of the study, or as many as precision took."""
    return study.runs if study.precision is None else int(table["runs"].max())

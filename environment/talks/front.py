"""The war that goes on while there is no cease-fire: ground is lost week by week (R42)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from environment.parameters import Value
from environment.rules import draws
from environment.rules.draws import DAY, normal
from environment.rules.incidents import ground_tempo
from environment.rules.talks import ground_in_donetsk

WEEK = 7 * DAY


@dataclass
class Front:
    """Ground taken since the course began, what is left of the disputed area, km2, and how far truces shifted power.

    Land that an agreement cedes is not counted here.
    """

    taken: float
    donetsk: float
    shift: float = 0.0  # of power against Ukraine, after a truce

    def loses(self, ground: float, share: float) -> None:
        """Ground is taken, a share of it in Donetsk oblast while any is left."""
        self.taken += ground
        self.donetsk -= ground_in_donetsk(ground, share, self.donetsk)

    def advance(
        self,
        values: Mapping[str, Value],
        start: int,
        end: int,
        draw: Callable[[int, int, int], tuple[float, float]],
    ) -> float:
        """Let the front move from one instant to a later one of the same week.

        Parameters
        ----------
        values
            Parameters of the talks.
        start, end
            ms since the course began.
        draw
            Two uniforms by stream, actor and index.

        Returns
        -------
        float
            Ground taken, km2.
        """
        u, _ = draw(draws.FRONT, 0, start // WEEK)
        median = float(values["forecast.tempo"]) * (1.0 + self.shift)
        tempo = ground_tempo(median, float(values["forecast.tempo_sigma"]), normal(u))
        ground = tempo * (end - start) / DAY
        self.loses(ground, float(values["forecast.donetsk_share"]))
        return float(ground)

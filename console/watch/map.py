"""Where things stand on the schematic map: the sectors' centres at their coordinates, joined in order.

An equirectangular projection about the middle of the line: a degree of longitude is as wide as it is there.
What is drawn between two centres is a straight line, not the course of the front.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from environment import tables

WIDTH, HEIGHT = 860.0, 540.0
SCALE = 84.0  # units to a degree of latitude
WEST, NORTH, MIDDLE = 29.2, 52.1, 48.9  # degrees: left and upper edge, latitude at which widths are true
KM_PER_DEGREE = 111.2
KYIV = (50.45, 30.52)  # latitude and longitude
LABELS = 612.0  # left edge of the names
MARK_OFF = 17.0  # of the marks from the line
ENDS = 0.5  # how far the line goes on beyond its last centres, in steps between two centres


def placed(lat: float, lon: float) -> tuple[float, float]:
    """A place in the units of the map, from the upper left corner."""
    x = (lon - WEST) * math.cos(math.radians(MIDDLE)) * SCALE
    return round(x, 1), round((NORTH - lat) * SCALE, 1)


def geometry() -> dict[str, Any]:
    """The map's lasting parts.

    Returns
    -------
    dict
        ``width, height``; ``kyiv``; ``scale`` (length of 100 km); ``sectors``, each with its
        ``path`` (three points), ``centre``, ``russia`` and ``ukraine`` (where marks of a side stand), ``label``.
    """
    sectors = tables.sectors()
    centres = [placed(s.lat, s.lon) for s in sectors]
    joints = [_between(a, b, 0.5) for a, b in pairwise(centres)]
    first, last = _between(centres[0], centres[1], -ENDS), _between(centres[-1], centres[-2], -ENDS)
    edges = [first, *joints, last]
    order = sorted(range(len(sectors)), key=lambda i: -sectors[i].lat)
    step = HEIGHT / len(sectors)
    rows = {sector: (place + 0.5) * step for place, sector in enumerate(order)}
    found = []
    for i, centre in enumerate(centres):
        across, along = _normal(edges[i], edges[i + 1])
        east = (centre[0] + across * MARK_OFF, centre[1] + along * MARK_OFF)
        west = (centre[0] - across * MARK_OFF, centre[1] - along * MARK_OFF)
        found.append(
            {
                "path": [edges[i], centre, edges[i + 1]],
                "centre": centre,
                "russia": _rounded(east),
                "ukraine": _rounded(west),
                "label": (LABELS, round(rows[i], 1)),
            }
        )
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "kyiv": placed(*KYIV),
        "scale": round(100.0 / KM_PER_DEGREE * SCALE, 1),
        "sectors": found,
    }


def _between(a: tuple[float, float], b: tuple[float, float], share: float) -> tuple[float, float]:
    return _rounded((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))


def _normal(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """The unit vector to the right of the way from a to b: to Russia's side, the sectors running north."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy)
    return -dy / length, dx / length


def _rounded(point: tuple[float, float]) -> tuple[float, float]:
    return round(point[0], 1), round(point[1], 1)

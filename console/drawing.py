"""One figure at a time: matplotlib's settings belong to the whole process, and sessions are threads of it."""

from __future__ import annotations

import threading

DRAWING = threading.RLock()
"""To be held while a figure of `analysis` is drawn."""

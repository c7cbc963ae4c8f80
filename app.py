"""The console as Solara finds it: ``ceasefire app``, or ``solara run app.py``."""

from console.page import Layout, Page

__all__ = ["Layout", "Page"]

"""The console as Solara finds it: ``ceasefire app``, or ``solara run app.py``."""

from console.page import Layout, Page
from console.server.settle import install

__all__ = ["Layout", "Page"]

install()  # so that `solara run app.py` is as safe: without this it serves every Host and every Origin

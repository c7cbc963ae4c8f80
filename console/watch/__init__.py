"""The tab "Watch": one cease-fire as it unfolds."""

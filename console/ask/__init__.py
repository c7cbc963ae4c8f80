"""The tab "Ask": what if; A beside B."""

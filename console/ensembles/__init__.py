"""The tab "Ensembles": many cease-fires at once, run now or stored."""

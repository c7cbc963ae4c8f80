"""Those who bargain: what packages are worth to them, and the agents at the table."""

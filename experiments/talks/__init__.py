"""From a setting to courses of talks and truces: what packages are worth, the talks, the truces between them."""

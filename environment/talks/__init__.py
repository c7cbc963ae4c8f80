"""The talks: packages of terms, the table at which they are bargained over, and the war that goes on meanwhile."""

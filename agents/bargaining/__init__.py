"""Negotiation over a finite set of packages: solutions, strategies, mediation, and closed forms to hold them to."""

"""Simulated communities that change how they share news half way: predictions from the first half, and outcomes.

Separate from the steps, like the simulation: no step imports this package, and it imports no step's task code, only the
methods of recommendations.
"""

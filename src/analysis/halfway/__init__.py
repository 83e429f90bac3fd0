"""Communities whose way of sharing news changes half way: what the first half predicts, and what came of it.

Apart, as the simulation is: no step imports this package, and it imports no step's task code but the methods of
recommendations.
"""

"""Robustness: C1 to C3 under every defensible choice, without each member and week, and the least change that flips."""

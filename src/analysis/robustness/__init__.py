"""Robustness: C1 to C3 again under every defensible choice, without each member and week, and how little flips them."""

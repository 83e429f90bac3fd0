"""Network: who answers whom, what structure that has, and tests on pairs of members."""

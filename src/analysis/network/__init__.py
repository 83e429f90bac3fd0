"""Network: who answers whom, the structure of that network, and tests on pairs of members."""

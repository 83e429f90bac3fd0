"""Partnership: informal ties, later ties (C1) and partnerships (C2)."""

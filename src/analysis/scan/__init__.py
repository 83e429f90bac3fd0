"""Search for identifiers in what was made."""

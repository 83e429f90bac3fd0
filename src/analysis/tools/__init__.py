"""The author's tools: check, new, forget, crate."""

"""Recommendations: what-if diffusion of news (R1) and graded advice."""

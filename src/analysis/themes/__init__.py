"""Step themes: themes of the interviews, their saturation, and how they are connected."""

"""Step themes: what the interviews say, whether they saturate it, and how it hangs together."""

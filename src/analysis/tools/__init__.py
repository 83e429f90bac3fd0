"""The author's tools behind `guyub add`, `check`, `new`, `export`, `review`, `quotes` and `forget`."""

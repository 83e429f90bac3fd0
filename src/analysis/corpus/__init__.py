"""Many chats at once: a corpus of exports as Parquet, one chat per partition, and its tables on an engine of choice."""

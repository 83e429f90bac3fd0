"""Many chats at once: a corpus of exports as Parquet, one chat a partition, and its tables on an engine of choice."""

"""Guyub: from raw chats and interviews of a community to a published book, every step open to a reviewer."""

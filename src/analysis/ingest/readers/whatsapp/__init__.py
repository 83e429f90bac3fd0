"""WhatsApp: the text that phones export of a chat, read whole (messages) or, where it is too large, in windows."""

from analysis.ingest.readers.whatsapp.messages import fits, read

__all__ = ["fits", "read"]

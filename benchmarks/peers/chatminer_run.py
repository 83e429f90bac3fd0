"""chat-miner on the export given."""

import logging
import os
import sys
from typing import Any

os.environ["TQDM_DISABLE"] = "1"  # before tqdm is read: no bar

from chatminer.chatparsers import WhatsAppParser
from timed import report

logging.disable(logging.CRITICAL)


def read() -> Any:
    parser = WhatsAppParser(sys.argv[1])
    parser.parse_file()
    return parser.parsed_messages.get_df()


report(read, len, "chat-miner")

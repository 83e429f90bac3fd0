"""CPU seconds and messages of chat-miner on the export given."""

import logging
import sys
import time

from chatminer.chatparsers import WhatsAppParser

logging.disable(logging.CRITICAL)
start = time.process_time()
parser = WhatsAppParser(sys.argv[1])
parser.parse_file()
frame = parser.parsed_messages.get_df()
print(len(frame), time.process_time() - start)

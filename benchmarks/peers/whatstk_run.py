"""CPU seconds and messages of whatstk on the export given, its own format detection included."""

import sys
import time

from whatstk import WhatsAppChat

start = time.process_time()
chat = WhatsAppChat.from_source(filepath=sys.argv[1])
print(len(chat.df), time.process_time() - start)

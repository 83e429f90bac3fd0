"""whatstk on the export given, its own format detection included."""

import sys

from timed import report
from whatstk import WhatsAppChat

report(lambda: WhatsAppChat.from_source(filepath=sys.argv[1]).df, len, "whatstk")

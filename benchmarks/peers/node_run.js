// CPU seconds and messages of whatsapp-chat-parser on the export given.
import { readFileSync } from 'node:fs';
import { parseString } from 'whatsapp-chat-parser';

const before = process.cpuUsage();
const messages = parseString(readFileSync(process.argv[2], 'utf8'));
const used = process.cpuUsage(before);
console.log(messages.length, (used.user + used.system) / 1e6);

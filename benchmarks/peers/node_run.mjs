// whatsapp-chat-parser, from the folder given, on the export given; reports as benchmarks/timed.py does.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.argv[2]}/`);
const { parseString } = require('whatsapp-chat-parser');
const { version } = require(`${process.argv[2]}/node_modules/whatsapp-chat-parser/package.json`);

let messages, used;
for (let call = 0; call < (process.env.GUYUB_BENCH_CALLS ?? 2); call++) {
  const before = process.cpuUsage();
  messages = parseString(readFileSync(process.argv[3], 'utf8'));
  used = process.cpuUsage(before);
}
console.log(JSON.stringify({ cpu_s: (used.user + used.system) / 1e6, result: messages.length, version }));

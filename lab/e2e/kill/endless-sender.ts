/**
 * An agent's spool and sender without a kernel: makes rows with numbers, one block after another, and notes in a file what
 * has reached the spool. Arguments: data directory, file for notes.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { nextRun, numbersPerRun } from '../../../src/agent/agent-state.ts';
import { placesIn } from '../../../src/cli/up/data-directory.ts';
import { tables } from '../../../src/model/tables/index.ts';
import { BlockBuilder } from '../../../src/wire/block/block-builder.ts';
import { ServerConnection } from '../../../src/wire/transport/connection.ts';
import { Sender } from '../../../src/wire/transport/sender.ts';
import { Spool } from '../../../src/wire/transport/spool.ts';

const [data, notes] = process.argv.slice(2);
const places = placesIn(data);
const { id, run } = nextRun(places.agent);
const spool = new Spool(places.spool, { bytes: 2 ** 28, memoryBytes: 2 ** 26 });
const sender = new Sender(id, spool, new ServerConnection({ kind: 'unix', path: places.socket }), (block, why) => {
  appendFileSync(notes, `refused ${block.sequence} ${why}\n`);
});
sender.poke();
const block = new BlockBuilder(tables.requests);
let sequence = run * numbersPerRun;
let number = existsSync(notes)
  ? (readFileSync(notes, 'utf8').match(/^spooled/gm) ?? []).length * 1000 + run * 1_000_000
  : run * 1_000_000;

for (;;) {
  const first = number;
  const rows = 1 + Math.floor(Math.random() * 40);
  for (let i = 0; i < rows; i++) {
    block.append({
      time: BigInt(Date.now()) * 1_000_000n,
      source: '1111111111111111',
      destination: '2222222222222222',
      side: 'both',
      counted: true,
      protocol: 'http',
      resource: `/${number++}`,
      outcome: 'ok',
      latency_ns: 1000,
      agent: id,
      block: sequence,
    });
  }
  if (!spool.add(sequence++, 'requests', rows, block.encode())) appendFileSync(notes, 'full\n');
  block.clear();
  await spool.flush();
  appendFileSync(notes, `spooled ${first} ${rows}\n`);
  sender.poke();
  await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 30));
}

import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { Calls } from '../calls.ts';
import type { Lab } from '../net/lab.ts';
import { programPath } from '../run/packages.ts';
import { RawClient } from './raw-client.ts';
import type { Scenario } from './record.ts';
import { type DatabaseServer, freePort } from './server.ts';

/** Why FerretDB cannot run here, or undefined where it can. */
export function ferretdbObstacle(): string | undefined {
  return programPath('go') === undefined ? 'needs Go to build FerretDB' : undefined;
}

/** Starts FerretDB, which speaks MongoDB's protocol, with SQLite behind it. Built once a machine. */
export async function startFerretdb(lab: Lab): Promise<DatabaseServer> {
  const program = join(tmpdir(), 'wirelight-ferretdb-1.24.0');
  if (!existsSync(program)) {
    const source = fileURLToPath(new URL('ferretdb', import.meta.url));
    await lab.run('go', ['build', '-C', source, '-o', program, '.']);
  }
  const port = await freePort();
  const server = await lab.start(program, [`127.0.0.1:${port}`, lab.folder()], { port });
  return { port, pid: server.pid };
}

/** Does one of everything that the driver of MongoDB can do. What it says to introduce itself and part is not noted. */
export async function exerciseMongodb(
  port: number,
  options: { compressors?: 'zlib' } = {},
  calls = new Calls(),
): Promise<void> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    ...{ appName: 'orders', maxPoolSize: 1, retryReads: false, retryWrites: false, monitorCommands: false },
    ...(options.compressors === undefined ? {} : { compressors: [options.compressors] }),
  });
  const database = client.db('shop');
  const orders = database.collection('orders');
  const insert = (id: number) => orders.insertOne({ _id: id as never, note: `order ${id}` });
  await calls.note('insert orders', () => insert(1));
  const nine = Array.from({ length: 9 }, (_, i) => ({ _id: (i + 2) as never, state: 'new', n: i }));
  await calls.note('insert orders', () => orders.insertMany(nine));
  await calls.note(['find orders', 'getMore orders'], () =>
    orders
      .find({ state: 'new', n: { $in: [1, 2, 3, 4, 5, 6] } }, { batchSize: 4 })
      .comment("traceparent='00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'")
      .toArray(),
  );
  await calls.note('update orders', () => orders.updateMany({ state: 'new' }, { $set: { state: 'old' } }));
  const stages = [{ $match: { state: 'old' } }, { $group: { _id: '$state', n: { $sum: 1 } } }];
  await calls.note('aggregate orders', () => orders.aggregate(stages).toArray());
  await calls.note('count orders', () => orders.estimatedDocumentCount());
  await calls.note('delete orders', () => orders.deleteOne({ _id: 9 as never }));
  await calls.noteFailure('insert orders 11000', () => insert(1));
  await calls.noteFailure('find orders 2', () => orders.find({ $nonsense: 1 } as never).toArray());
  await calls.note('insert orders', () => orders.insertOne({ n: 1 } as never, { writeConcern: { w: 0 } }));
  await calls.note('ping', () => database.command({ ping: 1 }));
  await calls.note('drop orders', () => orders.drop());
  await client.close();
}

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
/** A document of numbers and texts. */
function bson(fields: Readonly<Record<string, number | string>>): Buffer {
  const elements = Object.entries(fields).map(([name, value]) => {
    const head = Buffer.from([typeof value === 'number' ? 0x10 : 0x02, ...Buffer.from(`${name}\0`)]);
    const text =
      typeof value === 'number' ? int32(value) : Buffer.concat([int32(value.length + 1), Buffer.from(`${value}\0`)]);
    return Buffer.concat([head, text]);
  });
  const body = Buffer.concat([...elements, Buffer.from([0])]);
  return Buffer.concat([int32(body.length + 4), body]);
}
function message(id: number, operation: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int32(body.length + 16), int32(id), int32(0), int32(operation), body]);
}

/** What is recorded. */
export const mongodbScenarios: readonly Scenario[] = [
  { name: 'the driver of MongoDB', connection: 1, run: (port) => exerciseMongodb(port) },
  { name: 'the monitor of the driver', connection: 0, run: (port) => exerciseMongodb(port) },
  {
    name: 'several requests at once, also in the old form',
    async run(port) {
      const client = await RawClient.open(port);
      const isMaster = bson({ isMaster: 1 });
      client.send(
        message(1, 2004, int32(0), Buffer.from('admin.$cmd\0'), int32(0), int32(-1), isMaster),
        message(2, 2013, int32(0), Buffer.from([0]), bson({ ping: 1, $db: 'admin' })),
        message(3, 2013, int32(0), Buffer.from([0]), bson({ nonsense: 1, $db: 'admin' })),
      );
      await client.receive((received) => received.includes('codeName'));
      client.send(message(4, 2013, int32(0), Buffer.from([0]), bson({ count: 'orders', $db: 'shop' })));
      await client.receive((received) => received.length > 20);
      client.close();
    },
  },
];

/** What clients ask for is theirs to choose: it must not decide how much memory is taken. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { EntityRows } from '../../src/agent/rows/entity-rows.ts';
import { RequestRows } from '../../src/agent/rows/request-rows.ts';
import { fillOrigin } from '../../src/agent/rows/shared-rows.ts';
import type { CaptureTime } from '../../src/base/units.ts';
import type { Connection, Endpoint } from '../../src/model/connection.ts';
import { entityId } from '../../src/model/entity.ts';
import { addressOnly } from '../../src/model/names.ts';
import { newRequestFields, Outcome } from '../../src/model/request.ts';
import { templateOf } from '../../src/protocols/template.ts';
import { openStore } from '../../src/store/index.ts';
import { readTableBlock } from '../../src/wire/block/validate.ts';

/** Collects garbage, so that what is left is held by somebody. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const endpoint = (port: number): Endpoint => ({
  ip: '10.0.0.1',
  port,
  pid: 0,
  tid: 0,
  comm: '',
  netns: 0,
  cgroup: 0,
  local: true,
});

test('a million distinct paths cost no memory that stays, and each is stored with what it was', async () => {
  const nobody = addressOnly('10.0.0.1', 'private');
  const id = entityId('', 'address', '', '10.0.0.1');
  const ref = { id, kind: 'address' as const, cluster: '', namespace: '', name: '10.0.0.1' };
  const origin = { cluster: '', host: 'h', agent: 'dddddddddddddddd', connectionBase: 0 };
  const rows = new RequestRows(new EntityRows({ nameOf: () => nobody, name: () => ref }, 'h', ''), origin);
  rows.block.columns.time.origin = BigInt(Date.now()) * 1_000_000n;
  const connection = {
    id: 1,
    transport: 'tcp',
    client: endpoint(40_000),
    server: endpoint(80),
  } as Connection;
  const request = newRequestFields();
  request.protocol = 'http';
  request.method = 'GET';
  request.outcome = Outcome.ok;
  const directory = mkdtempSync(join(tmpdir(), 'wirelight-paths-'));
  try {
    await using store = await openStore({ kind: 'embedded', directory, fsync: false });
    let number = 0;
    let sequence = 0;
    const send = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++, number++) {
        // Half of them have ids, which templates take out; the others are words, which nothing can tell from routes.
        const path =
          number % 2 === 0 ? `/orders/${number}` : `/articles/how-${word(number)}-became-${word(number * 7)}`;
        request.target = templateOf(path);
        request.resource = path;
        request.start = (1 + number * 1000) as CaptureTime;
        request.requestEnd = request.responseStart = request.end = (request.start + 5000) as CaptureTime;
        rows.append(request, connection);
      }
      fillOrigin(rows.block, origin, ++sequence);
      const block = readTableBlock('requests', rows.block.encode().slice());
      rows.block.clear();
      await store.write({ agent: origin.agent, sequence, block });
    };
    for (let i = 0; i < 10; i++) await send(10_000);
    await store.flush();
    const before = heldBytes();

    for (let i = 0; i < 90; i++) await send(10_000);
    await store.flush();

    expect(number).toBe(1_000_000);
    expect(heldBytes() - before).toBeLessThan(16 * 1024 * 1024);
    expect(rows.foldedTargets).toBe(500_000 - 19_999);
    const answer = await store.query(
      "SELECT count() AS n, uniqExact(target) AS targets, uniqExact(if(resource = '', target, resource)) AS paths FROM requests",
    );
    expect(answer.first()).toEqual({ n: 1_000_000n, targets: 20_001n, paths: 1_000_000n });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 180_000);

/** A word for a number: no digits, so that no template takes it for an id. */
function word(number: number): string {
  return String(number)
    .split('')
    .map((digit) => ['ba', 'ce', 'di', 'fo', 'gu', 'ha', 'je', 'ki', 'lo', 'mu'][Number(digit)])
    .join('');
}

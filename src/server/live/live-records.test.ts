import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

let it: TestServer;
beforeAll(async () => {
  it = await startTestServer();
}, 60_000);
afterAll(async () => {
  await it[Symbol.asyncDispose]();
});

interface Message {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: { readonly operation?: string; readonly count?: number; readonly why?: string };
}

/** A reader of a live stream. */
class Reader implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #body: ReadableStreamDefaultReader<Uint8Array>;
  #text = '';

  private constructor(body: ReadableStream<Uint8Array>, stop: AbortController) {
    this.#body = body.getReader();
    this.#stop = stop;
  }

  static async open(query: string, headers: Readonly<Record<string, string>> = {}): Promise<Reader> {
    const stop = new AbortController();
    const before = it.server.parts.liveRecords.size;
    const answer = await it.fetch(`/api/v1/live?${query}`, { headers, signal: stop.signal });
    if (answer.body === null) throw new Error('no stream');
    while (it.server.parts.liveRecords.size === before) await new Promise((resolve) => setTimeout(resolve, 5));
    return new Reader(answer.body, stop);
  }

  /** The next message that is not a comment. */
  async next(): Promise<Message> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end < 0) {
        const { value, done } = await this.#body.read();
        if (done) throw new Error('the stream ended');
        this.#text += Buffer.from(value).toString('utf8');
        continue;
      }
      const lines = this.#text.slice(0, end).split('\n');
      this.#text = this.#text.slice(end + 2);
      const of = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const event = of('event');
      if (event !== undefined) return { id: of('id'), event, data: JSON.parse(of('data') ?? '{}') as Message['data'] };
    }
  }

  async names(count: number): Promise<(string | undefined)[]> {
    const names: (string | undefined)[] = [];
    for (let i = 0; i < count; i++) names.push((await this.next()).data.operation);
    return names;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const before = it.server.parts.liveRecords.size;
    this.#stop.abort();
    await this.#body.cancel().catch(() => undefined);
    while (it.server.parts.liveRecords.size === before) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Requests of the names given, as one block. */
const give = (...targets: readonly string[]): Promise<void> =>
  it.give(
    'requests',
    targets.map((target) => ({
      time: BigInt(Date.now()) * 1_000_000n,
      side: 'both',
      counted: true,
      protocol: 'http',
      method: 'GET',
      target,
      code: target === '/bad' ? 500 : 200,
      outcome: target === '/bad' ? 'server_error' : 'ok',
      source: '000000000000000a',
      destination: '000000000000000b',
      agent: 'aaaaaaaaaaaaaaaa',
    })),
  );

test('a reader gets the records that its filter passes, and no others', async () => {
  await using all = await Reader.open('');
  await using bad = await Reader.open('filter=status:5xx');
  await using events = await Reader.open('types=event');
  await give('/a', '/bad', '/b');
  expect(await all.names(3)).toEqual(['GET /a', 'GET /bad', 'GET /b']);
  expect(await bad.names(1)).toEqual(['GET /bad']);
  await it.give('events', [{ time: BigInt(Date.now()) * 1_000_000n, kind: 'drop', count: 1 }]);
  expect((await events.next()).event).toBe('event');
});

test('a filter that is not understood is refused before the stream begins', async () => {
  const answer = await it.fetch('/api/v1/live?filter=nofield%3Ax');
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ status: 400, code: 'bad_filter' });
});

test('who comes back with the id of the last record gets what came meanwhile, each once', async () => {
  let id: string | undefined;
  {
    await using reader = await Reader.open('filter=protocol:http');
    await give('/1', '/2', '/3');
    await reader.next();
    id = (await reader.next()).id;
  }
  await give('/4', '/5');
  await using back = await Reader.open('filter=protocol:http', { 'last-event-id': id ?? '' });
  await give('/6');
  expect(await back.names(4)).toEqual(['GET /3', 'GET /4', 'GET /5', 'GET /6']);
  await using other = await Reader.open(`filter=path:/5&after=${id}`);
  expect(await other.names(1)).toEqual(['GET /5']);
});

test('who comes back too late, or to a server that was started anew, is told that something is missing', async () => {
  await using restarted = await Reader.open('after=00000000.7.1');
  expect(await restarted.next()).toMatchObject({ event: 'gap', data: { why: 'restarted' } });
  await using nonsense = await Reader.open('after=x');
  expect(await nonsense.next()).toMatchObject({ event: 'gap' });
  let id: string | undefined;
  {
    await using reader = await Reader.open('types=request');
    await give('/7');
    id = (await reader.next()).id;
  }
  // More blocks than are kept.
  const { liveRecords } = it.server.parts;
  const { blockOf } = await import('../testing/test-server.ts');
  const { readTableBlock } = await import('../../wire/block/validate.ts');
  const block = readTableBlock('events', blockOf('events', [{ time: 1n, kind: 'drop', count: 1 }]).slice());
  for (let i = 0; i < 600; i++) liveRecords.block(block);
  await using late = await Reader.open(`types=request&after=${id}`);
  expect(await late.next()).toMatchObject({ event: 'gap', data: { why: 'too_long' } });
});

test('a reader that wants fewer than there are is told how many it did not get', async () => {
  await using reader = await Reader.open('rate=2');
  const names = Array.from({ length: 50 }, (_, i) => `/n${i}`);
  await give(...names);
  let shown = 0;
  let dropped = 0;
  while (shown + dropped < names.length) {
    const message = await reader.next();
    if (message.event === 'request') shown++;
    else if (message.event === 'dropped') dropped += message.data.count ?? 0;
  }
  expect(shown + dropped).toBe(names.length);
  expect(dropped).toBeGreaterThan(0);
});

test('a reader that does not read costs nothing but its own records, and is told how many when it reads again', async () => {
  await using slow = await Reader.open('rate=10000');
  await using quick = await Reader.open('filter=path:/last');
  const many = Array.from({ length: 4000 }, (_, i) => `/${'x'.repeat(2000)}${i}`);
  const rounds = 6;
  for (let round = 0; round < rounds; round++) await give(...many);
  await give('/last');
  expect(await quick.names(1)).toEqual(['GET /last']);
  let shown = 0;
  let dropped = 0;
  while (shown + dropped < many.length * rounds + 1) {
    const message = await slow.next();
    if (message.event === 'dropped') dropped += message.data.count ?? 0;
    else shown++;
  }
  expect(dropped).toBeGreaterThan(0);
  expect(shown + dropped).toBe(many.length * rounds + 1);
}, 60_000);

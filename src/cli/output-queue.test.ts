import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { OutputQueue } from './output-queue.ts';

/** A reader that takes a piece only when it is told to. */
class SlowReader extends Writable {
  text = '';
  #waiting: (() => void) | undefined;
  stopped = true;

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    const take = (): void => {
      this.text += String(chunk);
      done();
    };
    if (this.stopped) this.#waiting = take;
    else take();
  }

  go(): void {
    this.stopped = false;
    const take = this.#waiting;
    this.#waiting = undefined;
    take?.();
  }
}

const lines = (count: number) => Array.from({ length: count }, (_, i) => `line ${i}\n`);

describe('the output queue', () => {
  test('passes on every line in order', async () => {
    const reader = new SlowReader();
    reader.go();
    const queue = new OutputQueue(reader);
    const all = lines(50_000);
    for (const line of all) queue.push(line);
    await queue.flush();
    expect(reader.text).toBe(all.join(''));
    expect(queue.refused).toBe(0);
  });

  test('takes no more than its limit while nobody reads, and counts every line that it refuses', async () => {
    const reader = new SlowReader();
    const queue = new OutputQueue(reader, undefined, 100_000);
    const all = lines(50_000);
    for (const line of all) queue.push(line);
    expect(queue.full).toBe(true);
    queue.refuse();
    reader.go();
    await queue.flush();
    const taken = reader.text.split('\n').length - 1;
    expect(taken + queue.refused).toBe(all.length + 1);
    expect(reader.text).toBe(all.slice(0, taken).join(''));
    expect(queue.full).toBe(false);
  });

  test('says once that the reader is gone, and then lets everything fall without counting it', async () => {
    const reader = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('broken pipe'), { code: 'EPIPE' })),
    });
    reader.on('error', () => undefined);
    let gone = 0;
    const queue = new OutputQueue(reader, () => gone++);
    queue.push('a\n');
    await queue.flush();
    await new Promise(setImmediate);
    expect(gone).toBe(1);
    expect(queue.closed).toBe(true);
    queue.push('b\n');
    queue.refuse();
    expect(queue.refused).toBe(0);
  });

  test('does not wait for ever for a reader that never reads', async () => {
    const queue = new OutputQueue(new SlowReader());
    queue.push('a\n');
    await queue.flush(5);
    expect(queue.closed).toBe(false);
  });
});

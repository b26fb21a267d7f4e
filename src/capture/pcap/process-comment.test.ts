import fc from 'fast-check';
import { expect, test } from 'vitest';
import { remoteEndpoint } from '../conversations.ts';
import { MAX_PROCESS_COMMENT, noteProcesses, processComment } from './process-comment.ts';

const processes = fc.option(
  fc.record({
    comm: fc.string({ unit: 'binary', minLength: 1, maxLength: 15 }),
    pid: fc.integer({ min: 1, max: 4_194_304 }),
  }),
  { nil: undefined },
);

test('a comment names the processes of a packet so that reading it gives them back', () => {
  fc.assert(
    fc.property(processes, processes, (source, destination) => {
      const comment = processComment(source, destination);
      const [from, to] = [remoteEndpoint('10.0.0.1', 1), remoteEndpoint('10.0.0.2', 2)];
      noteProcesses(comment, from, to);
      expect([from.pid, to.pid]).toEqual([source?.pid ?? 0, destination?.pid ?? 0]);
      expect(comment).not.toMatch(/\p{Cc}/u);
      expect(Buffer.byteLength(comment)).toBeLessThanOrEqual(MAX_PROCESS_COMMENT);
      if (source !== undefined && /^[\w/:. [\]>-]+$/.test(source.comm)) expect(from.comm).toBe(source.comm);
    }),
  );
  expect(processComment({ comm: 'curl', pid: 4711 }, undefined)).toBe('curl[4711] > ?');
  expect(processComment(undefined, undefined)).toBe('');
});

test('other comments say nothing, and what is known already stays', () => {
  const [from, to] = [remoteEndpoint('10.0.0.1', 1), remoteEndpoint('10.0.0.2', 2)];
  for (const comment of ['', 'hello > world', 'curl[x] > ?', '\u001b[31m[1] > ?', 'a[1] > b[2] > c[3]x']) {
    noteProcesses(comment, from, to);
    expect([from.pid, to.pid]).toEqual([0, 0]);
  }
  noteProcesses('curl[1] > ?', from, to);
  noteProcesses('wget[2] > nginx[3]', from, to);
  expect([from.comm, from.pid, to.comm, to.pid]).toEqual(['curl', 1, 'nginx', 3]);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type CaptureClock, NEVER, toEpoch } from '../../src/base/units.ts';
import { newCaptureReading } from '../../src/capture/pcap/read-capture.ts';
import type { Connection } from '../../src/model/connection.ts';
import { type RequestFields, RequestFlag } from '../../src/model/request.ts';
import { protocols } from '../../src/protocols/index.ts';
import { type Call, Calls } from '../calls.ts';
import type { Cgroup } from '../net/cgroup.ts';
import type { Lab } from '../net/lab.ts';
import { type SeenRequest, watch } from './watcher.ts';

/** A request with its first and last moment in milliseconds since the epoch; `ended` is 0 where it had no answer. */
export interface TimedRequest extends SeenRequest {
  readonly began: number;
  readonly ended: number;
}

/** What was seen of a conversation: by the kernel as it went on, and in a capture file of the same packets. */
export interface WatchedExchange {
  /** In the order in which they began. */
  readonly live: readonly TimedRequest[];
  readonly file: readonly TimedRequest[];
  /** Both as lines, all of a request that does not depend on the moment, sorted. */
  readonly liveLines: readonly string[];
  readonly fileLines: readonly string[];
  /** What the client noted. */
  readonly made: readonly Call[];
  /** Places that lost something, with how much. */
  readonly losses: Readonly<Record<string, number>>;
}

/** A request with all that a file must tell as the live capture did. */
function whole(r: Readonly<SeenRequest>): string {
  const { client, server } = r.connection;
  const what = [r.protocol, r.method, r.target, r.resource, r.authority, r.outcome, r.code, r.codeText, r.requestBytes];
  const more = [r.responseBytes, r.requestMessages, r.responseMessages, r.flags & ~RequestFlag.bothSides];
  const carried = [r.traceId, r.parentSpanId, r.correlationId, r.userAgent, r.contentType];
  return [client.port, server.port, ...what, ...more, ...carried, ...r.attributes].join(' ');
}

function timed(r: SeenRequest, clock: CaptureClock): TimedRequest {
  const milliseconds = (time: SeenRequest['start']) =>
    time === NEVER ? 0 : Number(toEpoch(clock, time) / 1000n) / 1000;
  return { ...r, began: milliseconds(r.start), ended: milliseconds(r.end) };
}

/** Reads a capture file as `wirelight read` does. */
async function readFile(file: string): Promise<{ requests: SeenRequest[]; clock: CaptureClock }> {
  const requests: SeenRequest[] = [];
  const reading = newCaptureReading({
    protocols,
    protocolOptions: { keepRaw: false, datagramTimeout: 5e9 },
    sink: {
      request: (request: Readonly<RequestFields>, connection: Readonly<Connection>) => {
        const partial = (request.flags & RequestFlag.partial) !== 0;
        requests.push({ ...request, attributes: [...request.attributes], connection, partial });
      },
      connection: () => undefined,
      event: () => undefined,
    },
  });
  async function* bytes() {
    yield readFileSync(file);
  }
  await reading.read(bytes());
  return { requests, clock: reading.clock };
}

const inOrder = (requests: readonly TimedRequest[]) => [...requests].sort((a, b) => a.start - b.start);

/**
 * Watches a control group and records a port with tcpdump while `exercise` runs, then reads the recording. The server, the
 * client or both have to run in `cgroup`.
 */
export async function watchExchange(
  lab: Lab,
  cgroup: Cgroup,
  port: number,
  exercise: (calls: Calls) => Promise<unknown>,
  transport: 'tcp' | 'udp' | 'ip' = 'tcp',
): Promise<WatchedExchange> {
  const file = join(lab.folder(), 'traffic.pcap');
  const filter = transport === 'ip' ? `port ${port}` : `${transport} port ${port}`;
  const tcpdump = await lab.start('tcpdump', ['-n', '-i', 'lo', '-B', '65536', '-w', file, filter], {
    prints: /listening on/,
    stopSignal: 'SIGINT',
  });
  const watcher = await watch(lab, { scope: cgroup.path });
  const calls = new Calls();
  await exercise(calls);
  await sleep(1500);
  await tcpdump.stop();
  expect(tcpdump.stderr).toContain('0 packets dropped by kernel');
  const losses = watcher.newLosses();
  await watcher.agent.stop();
  const live = inOrder(watcher.to(port).map((r) => timed(r, watcher.agent.clock)));
  const { requests, clock } = await readFile(file);
  const fromFile = inOrder(requests.map((r) => timed(r, clock)));
  return {
    live,
    file: fromFile,
    liveLines: live.map(whole).sort(),
    fileLines: fromFile.map(whole).sort(),
    made: calls.made,
    losses: await losses,
  };
}

/** How far the clocks of client, kernel and capture file may be apart, in milliseconds. */
const CLOCK_TOLERANCE = 5;

/**
 * Holds requests against what the client did, in the order in which both began: the same operations, once each, and each
 * within the time that it took the client, so that no answer was given to another's question.
 */
export function expectAsMade(
  seen: readonly TimedRequest[],
  made: readonly Call[],
  say: (request: Readonly<TimedRequest>) => string,
): void {
  expect(seen.map(say)).toEqual(made.map(({ what }) => what));
  const outside = seen.filter((r, i) => {
    const { began, ended } = made[i];
    return r.began < began - CLOCK_TOLERANCE || Math.max(r.began, r.ended) > ended + CLOCK_TOLERANCE;
  });
  expect(outside.map((r) => ({ what: say(r), began: r.began, ended: r.ended, made: made[seen.indexOf(r)] }))).toEqual(
    [],
  );
}

/** The same where the client did several things at once, so that nobody knows which began first. */
export function expectAsMadeInAnyOrder(
  seen: readonly TimedRequest[],
  made: readonly Call[],
  say: (request: Readonly<TimedRequest>) => string,
): void {
  const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const calls = [...made].sort((a, b) => byName(a.what, b.what) || a.began - b.began);
  expectAsMade(
    [...seen].sort((a, b) => byName(say(a), say(b)) || a.began - b.began),
    calls,
    say,
  );
}

/** Holds what the client waited for against requests among which there are others: each call has one of its own, within its time. */
export function expectAmong(
  seen: readonly TimedRequest[],
  made: readonly Call[],
  say: (request: Readonly<TimedRequest>) => string,
): void {
  // What ended first goes first, so that of several that look alike none takes the only one that another could have.
  const left = [...seen].sort((a, b) => a.ended - b.ended);
  const calls = [...made].sort((a, b) => a.ended - b.ended);
  const unseen = calls.filter(({ what, began, ended }) => {
    const at = left.findIndex((r) => {
      const isWithin = r.began >= began - CLOCK_TOLERANCE && Math.max(r.began, r.ended) <= ended + CLOCK_TOLERANCE;
      return isWithin && say(r) === what;
    });
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  const leftOver = unseen.map((call) => ({ call, alike: left.filter((r) => say(r) === call.what) }));
  expect(leftOver.map(({ call, alike }) => ({ call, alike: alike.map(({ began, ended }) => [began, ended]) }))).toEqual(
    [],
  );
}

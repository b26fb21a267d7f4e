import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newCaptureReading } from '../../src/capture/pcap/read-capture.ts';
import type { Connection } from '../../src/model/connection.ts';
import type { RequestFields } from '../../src/model/request.ts';
import { protocols } from '../../src/protocols/index.ts';
import type { Cgroup } from '../net/cgroup.ts';
import type { Lab } from '../net/lab.ts';
import { type SeenRequest, watch } from './watcher.ts';

/** What was seen of a conversation: by the kernel as it went on, and in a capture file of the same packets. */
export interface WatchedExchange {
  readonly live: readonly SeenRequest[];
  /** Both as lines, all of a request that does not depend on the moment, sorted. */
  readonly liveLines: readonly string[];
  readonly fileLines: readonly string[];
  /** Places that lost something, with how much. */
  readonly losses: Readonly<Record<string, number>>;
}

/** A request with all that a file must tell as the live capture did. */
function whole(r: Readonly<RequestFields>, { client, server }: Readonly<Connection>): string {
  const what = [r.protocol, r.method, r.target, r.authority, r.outcome, r.code, r.codeText, r.requestBytes];
  const more = [r.responseBytes, r.requestMessages, r.responseMessages, r.flags & ~64, r.traceId, r.userAgent];
  return [client.port, server.port, ...what, ...more, ...r.attributes].join(' ');
}

/**
 * Watches a server's control group and records its port with tcpdump while `exercise` runs, then reads the recording.
 * The server has to run in `cgroup` already.
 */
export async function watchExchange(
  lab: Lab,
  cgroup: Cgroup,
  port: number,
  exercise: () => Promise<unknown>,
  transport: 'tcp' | 'udp' = 'tcp',
): Promise<WatchedExchange> {
  const file = join(lab.folder(), 'traffic.pcap');
  const filter = `${transport} port ${port}`;
  const tcpdump = await lab.start('tcpdump', ['-n', '-i', 'lo', '-B', '65536', '-w', file, filter], {
    prints: /listening on/,
    stopSignal: 'SIGINT',
  });
  const watcher = await watch(lab, { scope: cgroup.path });
  await exercise();
  await sleep(1500);
  await tcpdump.stop();
  const losses = watcher.newLosses();
  await watcher.agent.stop();
  const fileLines: string[] = [];
  const reading = newCaptureReading({
    protocols,
    protocolOptions: { keepRaw: false, datagramTimeout: 5e9 },
    sink: {
      request: (request, connection) => fileLines.push(whole(request, connection)),
      connection: () => undefined,
      event: () => undefined,
    },
  });
  async function* bytes() {
    yield readFileSync(file);
  }
  await reading.read(bytes());
  const live = watcher.to(port);
  return {
    live,
    liveLines: live.map((r) => whole(r, r.connection)).sort(),
    fileLines: fileLines.sort(),
    losses: await losses,
  };
}

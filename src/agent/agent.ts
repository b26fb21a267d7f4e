import { setPriority } from 'node:os';
import type { CaptureClock, CaptureTime, EpochNanos } from '../base/units.ts';
import { KernelCapture } from '../capture/kernel/kernel-capture.ts';
import type { CaptureSink } from '../capture/sink.ts';
import { Identity } from '../identity/index.ts';
import { cgroupDirectory, cgroupsBelow } from '../probe/cgroup.ts';
import { type Kernel, openKernel } from '../probe/kernel.ts';
import { native } from '../probe/libbpf.ts';
import { eachAnswer } from '../protocols/dns/index.ts';
import { protocols } from '../protocols/index.ts';
import { Pace } from './pace.ts';
import { scopedEvents } from './scoped-events.ts';
import { openTlsWatch, type TlsWatch } from './tls-watch.ts';
import type { Agent, AgentOptions, SinkMaker } from './types.ts';

export type { Agent, AgentOptions, SinkMaker } from './types.ts';

/** Records handled in one go, so that timers and output get their turn. */
const BATCH = 20_000;
const TICK_MILLISECONDS = 1000;
/** Counters of open connections are read so often. */
const UPDATE_MILLISECONDS = 10_000;
/** A resolver asks again after 5 s by default (resolv.conf, option timeout). */
const DATAGRAM_TIMEOUT = 5_000_000_000;

/**
 * Starts the live capture of this host: loads the kernel programs, reads their records and hands what they mean to
 * `sink`, synchronously. The first records come before this returns: a sink that needs the clock and the names to take them
 * is given as a function that makes it.
 * @throws WirelightError `not_permitted`, `no_btf`, `bpf_refused`, `object_missing`, `libbpf_missing`, `no_cgroup`
 */
export async function startAgent(options: AgentOptions, sink: CaptureSink | SinkMaker): Promise<Agent> {
  const base = process.hrtime.bigint();
  hurry();
  const kernel = openKernel({
    captureBytes: options.captureBytes ?? 512,
    ...(options.scope === undefined ? {} : { scope: options.scope }),
    ...(options.ringBytes === undefined ? {} : { ringBytes: options.ringBytes }),
  });
  const identity = new Identity();
  try {
    const agent = new LiveAgent(kernel, identity, base, options, sink);
    await agent.lookIntoTls();
    return agent;
  } catch (error) {
    kernel[Symbol.dispose]();
    identity.close();
    throw error;
  }
}

class LiveAgent implements Agent {
  readonly names: Identity;
  readonly clock: CaptureClock;
  readonly #kernel: Kernel;
  readonly #capture: KernelCapture;
  readonly #base: bigint;
  readonly #tls: TlsWatch;
  readonly #pace: Pace;
  readonly #timers: NodeJS.Timeout[] = [];
  #origin: EpochNanos;
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #stopped = false;
  #finalLosses: ReadonlyMap<string, number> | undefined;

  constructor(kernel: Kernel, identity: Identity, base: bigint, options: AgentOptions, sink: CaptureSink | SinkMaker) {
    this.#kernel = kernel;
    this.#base = base;
    this.#origin = originOf(base);
    this.names = identity;
    const self = this;
    this.clock = {
      get origin() {
        return self.#origin;
      },
    };
    this.#tls = openTlsWatch(kernel, identity, options, () => this.#now());
    const { targets } = this.#tls;
    this.#capture = new KernelCapture(kernel, base, {
      sink: learning(scoped(typeof sink === 'function' ? sink(this) : sink, options), identity),
      protocols,
      protocolOptions: { keepRaw: options.keepRaw ?? false, datagramTimeout: DATAGRAM_TIMEOUT },
      ...(options.scope === undefined ? {} : { watches: cgroupsBelow(cgroupDirectory(options.scope)) }),
      tls: this.#tls.source,
      process: (pid, _parent, exited) => {
        if (exited) {
          identity.onExit(pid);
          targets?.ended(pid);
        } else {
          identity.onExec(pid);
          targets?.executed(pid);
        }
      },
    });
    this.#pace = new Pace(options.pollMilliseconds ?? 20);
    this.#capture.discover();
    this.#timers.push(
      setInterval(() => this.#capture.tick(this.#now()), TICK_MILLISECONDS),
      setInterval(() => this.#update(), UPDATE_MILLISECONDS),
    );
    this.#read();
  }

  /** Parts of the kernel side that this kernel lacks. */
  get missing() {
    return [...this.#kernel.missing, ...this.#tls.missing];
  }

  /** Attaches to the TLS of whom it was asked for. */
  async lookIntoTls(): Promise<void> {
    await this.#tls.targets?.start();
  }

  losses(): ReadonlyMap<string, number> {
    if (this.#finalLosses !== undefined) return this.#finalLosses;
    return new Map([...this.#kernel.losses(), ...this.#capture.losses(), ...(this.#tls.targets?.losses ?? [])]);
  }

  counters(): ReadonlyMap<string, number> {
    return new Map([
      ['records', this.#capture.records],
      ['requests', this.#capture.conversations.reported],
      ['joined_midway', this.#capture.conversations.joinedMidway],
      ['open_connections', this.#capture.conversations.size],
      ['tls_targets', this.#tls.targets?.size ?? 0],
      ...this.#capture.conversations.counters,
    ]);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#timer !== undefined) clearTimeout(this.#timer as NodeJS.Timeout);
    this.#tls.targets?.[Symbol.dispose]();
    // What is in the ring happened before the end.
    while (this.#capture.poll(BATCH) > 0);
    this.#capture.tick(this.#now());
    this.#capture.end();
    // The kernel's counters go with its memory.
    this.#finalLosses = this.losses();
    this.#kernel[Symbol.dispose]();
    this.names.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #read(): void {
    if (this.#stopped) return;
    const { fill } = this.#kernel.ring;
    const count = this.#capture.poll(BATCH);
    if (count >= BATCH) this.#timer = setImmediate(() => this.#read()) as unknown as NodeJS.Timeout;
    else this.#timer = setTimeout(() => this.#read(), this.#pace.next(count, fill));
  }

  #update(): void {
    this.#origin = originOf(this.#base);
    this.#capture.update();
  }

  #now(): CaptureTime {
    return Number(process.hrtime.bigint() - this.#base) as CaptureTime;
  }
}

/**
 * On a saturated machine the reader must get its turn before the ring is full. It needs little CPU, but it needs it soon.
 */
function hurry(): void {
  try {
    setPriority(-10);
  } catch {
    // Without CAP_SYS_NICE it waits like everybody else; what is lost by that is counted.
  }
}

/** All events are the host's; where only some of it is watched, those of the rest are left out. */
function scoped(sink: CaptureSink, { scope }: AgentOptions): CaptureSink {
  return scope === undefined ? sink : scopedEvents(sink);
}

/** Passes everything on and learns the names of addresses from DNS answers on the way. */
function learning(sink: CaptureSink, identity: Identity): CaptureSink {
  return {
    request: (request, connection) => {
      if (request.protocol === 'dns')
        eachAnswer(request, (name, address, ttlSeconds) =>
          identity.learn(name, address, ttlSeconds, undefined, connection.client.netns),
        );
      sink.request(request, connection);
    },
    connection: (connection, change) => sink.connection(connection, change),
    event: (event) => sink.event(event),
  };
}

/** Wall-clock time of capture time 0, by what both clocks say now. */
function originOf(base: bigint): EpochNanos {
  // The real-time clock in microseconds; Date has only milliseconds.
  const wall = new BigInt64Array(2);
  native().clock_gettime(0, wall);
  return (wall[0] * 1_000_000_000n + wall[1] - (process.hrtime.bigint() - base)) as EpochNanos;
}

import { networkInterfaces, release } from 'node:os';
import type { CaptureClock, CaptureTime } from '../base/units.ts';
import type { CaptureSink, ConnectionChange } from '../capture/sink.ts';
import type { Connection } from '../model/connection.ts';
import type { EventFields } from '../model/event.ts';
import type { RequestFields } from '../model/request.ts';
import type { Columns } from '../model/tables/table.ts';
import type { BlockBuilder } from '../wire/block/block-builder.ts';
import { type ServerAddress, ServerConnection } from '../wire/transport/connection.ts';
import type { AgentStatus } from '../wire/transport/protocol.ts';
import { Sender } from '../wire/transport/sender.ts';
import { Spool } from '../wire/transport/spool.ts';
import { type AgentState, numbersPerRun } from './agent-state.ts';
import { EntityRows } from './rows/entity-rows.ts';
import { EventRows } from './rows/event-rows.ts';
import { FlowRows } from './rows/flow-rows.ts';
import { RequestRows } from './rows/request-rows.ts';
import { fillOrigin, type Origin } from './rows/shared-rows.ts';
import type { Agent, EntityNames } from './types.ts';

/** What a shipper needs to know. */
export interface ShipperOptions {
  readonly state: AgentState;
  readonly server: ServerAddress;
  /** Directory of the spool. */
  readonly directory: string;
  readonly host: string;
  readonly cluster: string;
  readonly version: string;
  /** Bytes of the spool on disk. */
  readonly spoolBytes: number;
  /** Milliseconds between blocks: while nobody looks at live data, and while somebody does. */
  readonly interval: number;
  readonly watchedInterval: number;
  /** Says what people should know. */
  readonly say: (line: string) => void;
}

export const shipperDefaults = { spoolBytes: 2 ** 30, interval: 2000, watchedInterval: 200 } as const;

/** A block goes out when it has so many rows. */
const mostRows = 16_384;
const memoryBytes = 128 * 1024 * 1024;
const statusEvery = 5_000;

/**
 * The sink that turns what is captured into numbered blocks and sees to it that the server gets each of them once. Taking
 * a record appends to columns and does nothing else.
 */
export class Shipper implements CaptureSink {
  readonly #options: ShipperOptions;
  readonly #clock: CaptureClock;
  readonly #origin: Origin;
  readonly #entities: EntityRows;
  readonly #requests: RequestRows;
  readonly #flows: FlowRows;
  readonly #events: EventRows;
  readonly #spool: Spool;
  readonly #connection: ServerConnection;
  readonly #sender: Sender;
  readonly #started = Date.now();
  #sequence: number;
  #timer: NodeJS.Timeout | undefined;
  #statusTimer: NodeJS.Timeout | undefined;
  #agent: Agent | undefined;
  #toldLosses = new Map<string, number>();
  /** Why the last status did not get through, and the reason that was said. */
  #trouble = '';
  #toldTrouble = '';
  #cpu = process.cpuUsage();
  #cpuAt = process.hrtime.bigint();
  #time = 0 as CaptureTime;

  constructor(clock: CaptureClock, names: EntityNames, options: ShipperOptions) {
    this.#options = options;
    this.#clock = clock;
    const { state } = options;
    this.#sequence = state.run * numbersPerRun;
    this.#origin = {
      cluster: options.cluster,
      host: options.host,
      agent: state.id,
      connectionBase: state.run * numbersPerRun,
    };
    this.#entities = new EntityRows(names, options.host, options.cluster);
    this.#requests = new RequestRows(this.#entities, this.#origin);
    this.#flows = new FlowRows(this.#entities, this.#origin);
    this.#events = new EventRows(this.#entities, this.#origin);
    this.#setClock();
    this.#spool = new Spool(options.directory, { bytes: options.spoolBytes, memoryBytes });
    this.#connection = new ServerConnection(options.server);
    this.#sender = new Sender(state.id, this.#spool, this.#connection, (block, why) =>
      options.say(`the server refused block ${block.sequence} (${block.rows} rows of ${block.table}): ${why}`),
    );
    this.#sender.poke();
    this.#schedule();
  }

  /** The agent whose losses and counters are told with each status. */
  attach(agent: Agent): void {
    this.#agent = agent;
    void this.#status();
    this.#statusTimer = setInterval(() => void this.#status(), statusEvery);
  }

  request(request: Readonly<RequestFields>, connection: Readonly<Connection>): void {
    this.#requests.append(request, connection);
    const end = request.end > request.start ? request.end : request.start;
    if (end > this.#time) this.#time = end;
    if (this.#requests.block.rows >= mostRows) this.flush();
  }

  connection(connection: Readonly<Connection>, change: ConnectionChange): void {
    switch (change) {
      case 'opened':
        if (connection.start > this.#time) this.#time = connection.start;
        this.#flows.begin(connection);
        return;
      case 'updated':
        this.#flows.update(connection, this.#now());
        break;
      case 'closed':
        this.#flows.end(connection);
        break;
      default:
        return;
    }
    if (this.#flows.block.rows >= mostRows) this.flush();
  }

  event(event: Readonly<EventFields>): void {
    this.#events.append(event);
    if (this.#events.block.rows >= mostRows) this.flush();
  }

  /** Closes what was gathered into blocks and hands them to the spool. */
  flush(): void {
    // Names first: who reads a row knows what its ids mean.
    this.#ship('entities', this.#entities.block);
    for (const rows of [this.#requests, this.#flows, this.#events]) {
      if (rows.block.rows === 0) continue;
      fillOrigin(rows.block, this.#origin, this.#sequence);
      this.#ship(rows.block.table.name, rows.block);
    }
    this.#setClock();
    this.#sender.poke();
  }

  /** Everything that was taken is on disk or with the server when this resolves. */
  async stop(milliseconds = 3_000): Promise<void> {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    if (this.#statusTimer !== undefined) clearInterval(this.#statusTimer);
    this.#losses();
    this.flush();
    await this.#spool.flush();
    await this.#sender.drain(milliseconds);
    this.#sender.stop();
    this.#connection[Symbol.dispose]();
  }

  /** How it goes: waiting, sent, lost. */
  status(): AgentStatus {
    const { options, agent } = { options: this.#options, agent: this.#agent };
    return {
      id: options.state.id,
      host: options.host,
      cluster: options.cluster,
      version: options.version,
      started: this.#started,
      now: Date.now(),
      kernel: release(),
      architecture: process.arch,
      missing: (agent?.missing ?? []).slice(0, 100).map((one) => ({ ...one })),
      losses: Object.fromEntries(this.#allLosses()),
      counters: Object.fromEntries([
        ...(agent?.counters() ?? []),
        ['instances_folded', this.#entities.folded],
        ['targets_folded', this.#requests.foldedTargets],
      ]),
      spool: { blocks: this.#spool.size, bytes: this.#spool.bytes, lost_rows: this.#spool.lostRows },
      cpu_ratio: this.#cpuRatio(),
      rss: process.memoryUsage.rss(),
      addresses: ownAddresses(),
    };
  }

  #schedule(): void {
    const { interval, watchedInterval } = this.#options;
    this.#timer = setTimeout(
      () => {
        this.flush();
        this.#schedule();
      },
      this.#connection.watched ? watchedInterval : interval,
    );
  }

  async #status(): Promise<void> {
    this.#losses();
    this.#tellTrouble(await this.#connection.tell(this.status()));
  }

  /** Says why nothing gets through, once for each reason; a server that is just started anew is not worth a word. */
  #tellTrouble(why: string): void {
    const lasts = why !== '' && why === this.#trouble;
    this.#trouble = why;
    if (why === '' && this.#toldTrouble !== '') this.#options.say('the server takes what is seen again');
    if (why === '') this.#toldTrouble = '';
    if (!lasts || why === this.#toldTrouble) return;
    this.#toldTrouble = why;
    this.#options.say(`${why}. Until then what is seen is kept in ${this.#options.directory}, as far as it fits`);
  }

  /** What was lost since it was told last becomes events, so that it is known when. */
  #losses(): void {
    const now = BigInt(Date.now()) * 1_000_000n;
    for (const [name, count] of this.#allLosses()) {
      const before = this.#toldLosses.get(name) ?? 0;
      if (count > before) this.#events.loss(name, count - before, now);
      this.#toldLosses.set(name, count);
    }
  }

  #allLosses(): Map<string, number> {
    return new Map([
      ...(this.#agent?.losses() ?? []),
      ['spool_full_rows', this.#spool.lostRows],
      ['refused_rows', this.#sender.counters.refusedRows],
    ]);
  }

  #ship(table: string, block: Pick<BlockBuilder<Columns>, 'rows' | 'encode' | 'clear'>): void {
    if (block.rows === 0) return;
    this.#spool.add(this.#sequence++, table, block.rows, block.encode());
    block.clear();
  }

  #setClock(): void {
    const { origin } = this.#clock;
    for (const { block } of [this.#requests, this.#flows, this.#events]) block.columns.time.origin = origin;
    this.#flows.block.columns.connection_start.origin = origin;
  }

  /** Wall-clock time as capture time: updates come with no time of their own. */
  #now(): CaptureTime {
    const now = Number(BigInt(Date.now()) * 1_000_000n - this.#clock.origin);
    return Math.max(now, this.#time) as CaptureTime;
  }

  #cpuRatio(): number {
    const now = process.hrtime.bigint();
    const used = process.cpuUsage(this.#cpu);
    const elapsed = Number(now - this.#cpuAt) / 1000;
    this.#cpu = process.cpuUsage();
    this.#cpuAt = now;
    return elapsed <= 0 ? 0 : (used.user + used.system) / elapsed;
  }
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((one) => !one.internal)
    .map((one) => one.address)
    .slice(0, 4096);
}

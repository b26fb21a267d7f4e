import { isoTime } from '../../base/iso-time.ts';
import type { EpochNanos } from '../../base/units.ts';
import { isFailure } from '../../model/judgement.ts';
import { LatencyHistogram } from '../../model/latency-histogram.ts';
import type { EntityKind } from '../../model/names.ts';
import type { EdgeRecord } from '../../model/records.ts';
import { Outcome, type RequestFields, RequestFlag } from '../../model/request.ts';
import { latencyOf } from '../../model/timing.ts';

/** What makes an edge. */
export interface EdgeKey {
  readonly source: string;
  readonly sourceKind: EntityKind;
  readonly destination: string;
  readonly destinationKind: EntityKind;
  readonly port: number;
  readonly protocol: string;
}

/** One second of an edge. */
class Slice {
  /** Which second it holds. */
  second = -1;
  requests = 0;
  failures = 0;
  failedConnections = 0;
  clientErrors = 0;
  bytes = 0;
  retransmits = 0;
  readonly latencies = new LatencyHistogram();

  clear(second: number): void {
    this.second = second;
    this.requests = this.failures = this.failedConnections = this.clientErrors = this.bytes = this.retransmits = 0;
    this.latencies.clear();
  }
}

/** Requests that say nothing about speed: they wait on purpose, stream, or have no answer. */
const untimed = RequestFlag.wait | RequestFlag.streaming | RequestFlag.oneWay;

/** What went over one edge in each of the last seconds. Old seconds are overwritten when their place is needed. */
export class Edge {
  readonly key: EdgeKey;
  readonly #slices: readonly Slice[];
  /** Connections that are open now. */
  connections = 0;
  /** The last second in which anything happened. */
  lastSecond = -1;

  /** @param seconds how many are kept: those of the window and the running one */
  constructor(key: EdgeKey, seconds: number) {
    this.key = key;
    this.#slices = Array.from({ length: seconds + 1 }, () => new Slice());
  }

  request(r: Readonly<RequestFields>, second: number): void {
    const slice = this.#slice(second);
    slice.requests++;
    if (isFailure(r.outcome)) slice.failures++;
    else if (r.outcome === Outcome.clientError) slice.clientErrors++;
    const latency = latencyOf(r);
    if ((r.flags & untimed) === 0 && latency >= 0) slice.latencies.add(latency);
  }

  bytes(bytes: number, second: number): void {
    this.#slice(second).bytes += bytes;
  }

  retransmits(segments: number, second: number): void {
    this.#slice(second).retransmits += segments;
  }

  failedConnection(second: number): void {
    this.#slice(second).failedConnections++;
  }

  /** The whole seconds before `second`, as many as `window`, oldest first: requests in each. */
  trend(second: number, window: number): number[] {
    return Array.from({ length: window }, (_, i) => {
      const wanted = second - window + i;
      const slice = this.#slices[wanted % this.#slices.length];
      return wanted >= 0 && slice.second === wanted ? slice.requests : 0;
    });
  }

  /**
   * What went over it in the whole seconds before `second`, as many as `window`.
   * @param time what it is dated
   */
  record(second: number, window: number, time: EpochNanos): EdgeRecord {
    const sum = new Slice();
    for (const slice of this.#slices) {
      if (slice.second >= second || slice.second < second - window || slice.second < 0) continue;
      sum.requests += slice.requests;
      sum.failures += slice.failures;
      sum.failedConnections += slice.failedConnections;
      sum.clientErrors += slice.clientErrors;
      sum.bytes += slice.bytes;
      sum.retransmits += slice.retransmits;
      sum.latencies.merge(slice.latencies);
    }
    const [p50, p95, p99] = sum.latencies
      .quantiles([0.5, 0.95, 0.99])
      .map((q) => (Number.isNaN(q) ? null : Math.round(q)));
    const { key } = this;
    return {
      type: 'edge',
      time: isoTime(time),
      window_ns: window * 1e9,
      source: { name: key.source, kind: key.sourceKind },
      destination: { name: key.destination, kind: key.destinationKind, port: key.port },
      protocol: key.protocol,
      requests: sum.requests,
      requests_per_second: sum.requests / window,
      failures: sum.failures + sum.failedConnections,
      client_errors: sum.clientErrors,
      failure_share: sum.requests === 0 ? null : sum.failures / sum.requests,
      latency_p50_ns: p50,
      latency_p95_ns: p95,
      latency_p99_ns: p99,
      bytes: sum.bytes,
      bytes_per_second: sum.bytes / window,
      retransmits: sum.retransmits,
      connections: this.connections,
    };
  }

  #slice(second: number): Slice {
    const slice = this.#slices[second % this.#slices.length];
    if (slice.second !== second) slice.clear(second);
    this.lastSecond = second;
    return slice;
  }
}

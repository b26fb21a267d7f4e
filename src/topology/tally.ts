/** Sums of measures, put together from rows of roll-ups, of answers or of the live graph. */
import type { Golden, Measures } from '../model/api.ts';
import { type EdgeMeasure, edgeMeasures, histogramQuantiles } from '../model/tables/index.ts';
import { asNumber } from '../store/answer.ts';
import { type ColumnData, MapData, NumberData, WideData } from '../wire/block/column-data.ts';
import type { Block } from '../wire/block/native-reader.ts';

/** Measures that are numbers. */
export type SumName = Exclude<EdgeMeasure, 'latency'>;
export const sumNames = (Object.keys(edgeMeasures) as EdgeMeasure[]).filter(
  (name): name is SumName => name !== 'latency',
);
const indexOf = Object.fromEntries(sumNames.map((name, index) => [name, index])) as Record<SumName, number>;
const latencyMax = indexOf.latency_max;
const rttMin = indexOf.rtt_min;

/** The measures that {@link Tally.golden} is made of. */
export const goldenMeasures: readonly EdgeMeasure[] = [
  'requests',
  'client_errors',
  'server_errors',
  'timeouts',
  'aborted',
  'latency',
  'source_bytes',
  'destination_bytes',
  'source_segments',
  'destination_segments',
  'source_retransmits',
  'destination_retransmits',
  'opened',
  'failed',
  'resets',
  'rtt_count',
  'rtt_sum',
];

/** What was measured of some requests and connections. */
export class Tally {
  readonly sums = new Float64Array(sumNames.length);
  readonly latency = new Map<number, number>();

  constructor() {
    this.sums[rttMin] = Number.POSITIVE_INFINITY;
  }

  get(name: SumName): number {
    return this.sums[indexOf[name]];
  }

  add(name: SumName, value: number): void {
    const at = indexOf[name];
    if (at === latencyMax) this.sums[at] = Math.max(this.sums[at], value);
    else if (at === rttMin) {
      // The greatest Int64 stands for "none".
      if (value < 9e18) this.sums[at] = Math.min(this.sums[at], value);
    } else this.sums[at] += value;
  }

  addLatency(bucket: number, count: number): void {
    this.latency.set(bucket, (this.latency.get(bucket) ?? 0) + count);
  }

  merge(other: Tally): void {
    for (let i = 0; i < sumNames.length; i++) {
      if (i === latencyMax) this.sums[i] = Math.max(this.sums[i], other.sums[i]);
      else if (i === rttMin) this.sums[i] = Math.min(this.sums[i], other.sums[i]);
      else this.sums[i] += other.sums[i];
    }
    for (const [bucket, count] of other.latency) this.addLatency(bucket, count);
  }

  /** Takes sums and latencies away again that were merged before; the greatest and the least stay as they are. */
  subtract(other: Tally): void {
    for (let i = 0; i < sumNames.length; i++) if (i !== latencyMax && i !== rttMin) this.sums[i] -= other.sums[i];
    for (const [bucket, count] of other.latency) {
      const left = (this.latency.get(bucket) ?? 0) - count;
      if (left > 0) this.latency.set(bucket, left);
      else this.latency.delete(bucket);
    }
  }

  /** Latencies at levels 0..1, ascending; null where there are none. Off by at most 3.2 %. */
  quantiles(levels: readonly number[]): (number | null)[] {
    const sorted = [...this.latency].toSorted((a, b) => a[0] - b[0]);
    const values = histogramQuantiles(
      sorted.map(([bucket]) => bucket),
      sorted.map(([, count]) => count),
      levels,
    );
    return values.map((value) => (Number.isNaN(value) ? null : Math.round(value)));
  }

  get errors(): number {
    return this.get('server_errors') + this.get('timeouts') + this.get('aborted');
  }

  /** In brief. @param seconds that the span lasted */
  golden(seconds: number): Golden {
    const [p50, p95, p99] = this.quantiles([0.5, 0.95, 0.99]);
    return {
      requests: this.get('requests'),
      rate: seconds > 0 ? this.get('requests') / seconds : 0,
      errors: this.errors,
      client_errors: this.get('client_errors'),
      p50_ns: p50,
      p95_ns: p95,
      p99_ns: p99,
      bytes_out: this.get('source_bytes'),
      bytes_in: this.get('destination_bytes'),
      segments: this.get('source_segments') + this.get('destination_segments'),
      retransmits: this.get('source_retransmits') + this.get('destination_retransmits'),
      opened: this.get('opened'),
      failed: this.get('failed'),
      resets: this.get('resets'),
      rtt_ns: ratio(this.get('rtt_sum'), this.get('rtt_count')),
    };
  }

  /** In full. */
  measures(seconds: number): Measures {
    const count = this.get('latency_count');
    const waited = this.get('waited_count');
    return {
      ...this.golden(seconds),
      server_errors: this.get('server_errors'),
      timeouts: this.get('timeouts'),
      aborted: this.get('aborted'),
      waits: this.get('waits'),
      latency_count: count,
      mean_ns: ratio(this.get('latency_sum'), count),
      max_ns: count === 0 ? null : this.get('latency_max'),
      received_ns: ratio(this.get('received_sum'), count),
      waited_ns: ratio(this.get('waited_sum'), waited),
      worked_ns: ratio(this.get('worked_sum'), waited),
      sent_ns: ratio(this.get('sent_sum'), count),
      request_bytes: this.get('request_bytes'),
      response_bytes: this.get('response_bytes'),
      ended: this.get('ended'),
      connect_ns: ratio(this.get('connect_sum'), this.get('connect_count')),
      source_segments: this.get('source_segments'),
      destination_segments: this.get('destination_segments'),
      source_retransmits: this.get('source_retransmits'),
      destination_retransmits: this.get('destination_retransmits'),
      out_of_order: this.get('out_of_order'),
      zero_window: this.get('zero_window'),
      rtt_min_ns: Number.isFinite(this.get('rtt_min')) ? this.get('rtt_min') : null,
    };
  }
}

function ratio(sum: number, count: number): number | null {
  return count === 0 ? null : Math.round(sum / count);
}

/** Reads the measures in the rows of a block: give it a row and a tally. Columns that are absent add nothing. */
export function tallyReader(block: Block): (row: number, into: Tally) => void {
  const columns = sumNames.flatMap((name): [SumName, ColumnData][] => {
    const data = block.columns.get(name)?.data;
    return data === undefined ? [] : [[name, data]];
  });
  const latency = block.columns.get('latency')?.data;
  return (row, into) => {
    for (const [name, data] of columns) {
      into.add(name, data instanceof WideData ? data.number(row) : asNumber(data.get(row)));
    }
    if (!(latency instanceof MapData) || !(latency.keys instanceof NumberData) || !(latency.values instanceof WideData))
      return;
    for (let i = row === 0 ? 0 : latency.ends[row - 1]; i < latency.ends[row]; i++) {
      into.addLatency(latency.keys.values[i], latency.values.number(i));
    }
  };
}

/** Facets, heat map and operations of requests. */
import {
  type FacetField,
  type Facets,
  facetFields,
  type Heatmap,
  type Operations,
  type Span,
} from '../../model/api.ts';
import { latencyBucketSql, latencyBucketStart, latencyCounts } from '../../model/tables/index.ts';
import { asNumber, asText } from '../../store/answer.ts';
import { spanSql } from '../../store/readers/span.ts';
import type { Store } from '../../store/store.ts';
import { Tally, tallyReader } from '../../topology/tally.ts';
import type { EntityDirectory } from '../entities.ts';
import { HttpError } from '../problem.ts';
import { relationOf } from './relation.ts';
import { nanoSpan, secondsOf } from './span.ts';

const failed = "outcome IN ('server_error', 'timeout', 'aborted')";

/** What a facet counts by. */
const facetSql: Readonly<Record<FacetField, string>> = {
  protocol: 'toString(protocol)',
  method: 'toString(method)',
  target: 'toString(target)',
  authority: 'toString(authority)',
  outcome: 'toString(outcome)',
  status: "if(code = -1, '', toString(code))",
  status_text: 'toString(code_text)',
  source: "lower(leftPad(hex(source), 16, '0'))",
  destination: "lower(leftPad(hex(destination), 16, '0'))",
  port: 'toString(destination_port)',
  side: 'toString(side)',
  host: 'toString(host)',
  namespace: "lower(leftPad(hex(destination), 16, '0'))",
};

export async function readFacets(
  store: Store,
  entities: EntityDirectory,
  question: { span: Span; filter: string; fields: readonly string[]; limit: number; signal?: AbortSignal },
): Promise<Facets> {
  const fields = question.fields.map((name) => {
    const field = facetFields.find((one) => one === name);
    if (field === undefined)
      throw new HttpError(400, 'bad_field', `there is no facet ${JSON.stringify(name)}`, {
        next: `facets are ${facetFields.join(', ')}`,
      });
    return field;
  });
  const relation = relationOf('requests', nanoSpan(question.span), question.filter, 'counted');
  const parameters = { ...relation.parameters, limit: question.limit };
  const options = { parameters, ...(question.signal === undefined ? {} : { signal: question.signal }) };
  const total = await store.query(`SELECT count() AS n FROM ${relation.sql}`, options);
  const facets: Facets['facets'] = [];
  for (const field of fields) {
    const answer = await store.query(
      `SELECT value, n, errors, count() OVER () AS distinct FROM (SELECT ${facetSql[field]} AS value, count() AS n, countIf(${failed}) AS errors FROM ${relation.sql} GROUP BY value) ORDER BY n DESC, value ${field === 'namespace' ? '' : 'LIMIT {limit:UInt32}'}`,
      options,
    );
    const rows = [...answer.objects()].map((row) => ({
      value: asText(row.value),
      count: asNumber(row.n),
      errors: asNumber(row.errors),
      distinct: asNumber(row.distinct),
    }));
    if (field === 'source' || field === 'destination' || field === 'namespace')
      await entities.want(rows.map((row) => row.value));
    const named = rows.map((row) => ({ ...row, ...labelOf(entities, field, row.value) }));
    const values = field === 'namespace' ? merged(named) : named;
    facets.push({
      field,
      distinct: field === 'namespace' ? values.length : (rows[0]?.distinct ?? 0),
      values: values
        .slice(0, question.limit)
        .map(({ value, label, count, errors }) => ({ value, label, count, errors })),
    });
  }
  return { span: question.span, total: asNumber(total.first()?.n), facets };
}

interface Counted {
  readonly value: string;
  readonly label: string;
  readonly count: number;
  readonly errors: number;
}

function labelOf(entities: EntityDirectory, field: FacetField, value: string): { value: string; label: string } {
  if (field === 'source' || field === 'destination') {
    const name = entities.peek(value)?.name ?? value;
    return { value: name, label: name };
  }
  if (field === 'namespace') {
    const namespace = entities.peek(value)?.namespace ?? '';
    return { value: namespace, label: namespace };
  }
  return { value, label: value };
}

function merged(values: readonly Counted[]): Counted[] {
  const sums = new Map<string, { value: string; label: string; count: number; errors: number }>();
  for (const one of values) {
    const known = sums.get(one.value) ?? { value: one.value, label: one.label, count: 0, errors: 0 };
    known.count += one.count;
    known.errors += one.errors;
    sums.set(one.value, known);
  }
  return [...sums.values()].toSorted((a, b) => b.count - a.count);
}

export async function readHeatmap(
  store: Store,
  question: { span: Span; filter: string; columns: number; rows: number; signal?: AbortSignal },
): Promise<Heatmap> {
  const { span } = question;
  const step = Math.max(1, Math.ceil((span.to - span.from) / question.columns));
  const relation = relationOf('requests', nanoSpan(span), question.filter, `counted AND ${latencyCounts}`);
  const answer = await store.query(
    `SELECT toInt64(intDiv(toUnixTimestamp64Milli(time) - {from:Int64}, {step:Int64})) AS x, ${latencyBucketSql('latency_ns')} AS bucket, count() AS n, countIf(${failed}) AS errors FROM ${relation.sql} GROUP BY x, bucket`,
    {
      parameters: { ...relation.parameters, from: span.from, step },
      ...(question.signal === undefined ? {} : { signal: question.signal }),
    },
  );
  const lost = await store.query(
    `SELECT toInt64(intDiv(toUnixTimestamp64Milli(time) - {from:Int64}, {step:Int64})) AS x, sum(count) AS n FROM events WHERE ${spanSql(nanoSpan(span))} AND kind = 'loss' GROUP BY x ORDER BY x`,
    {
      parameters: { from: span.from, step },
      ...(question.signal === undefined ? {} : { signal: question.signal }),
    },
  );
  const losses = [...lost.objects()].map((row): [number, number] => [asNumber(row.x), asNumber(row.n)]);
  const points = [...answer.objects()].map((row) => ({
    x: asNumber(row.x),
    bucket: asNumber(row.bucket),
    count: asNumber(row.n),
    errors: asNumber(row.errors),
  }));
  const columns = Math.ceil((span.to - span.from) / step);
  if (points.length === 0) return { span, step_ms: step, columns, bounds_ns: [], cells: [], losses };
  const least = points.reduce((min, point) => Math.min(min, point.bucket), Number.POSITIVE_INFINITY);
  const most = points.reduce((max, point) => Math.max(max, point.bucket), 0);
  // Buckets are 32 to a doubling: as many of them together as give no more rows than asked for.
  const together = Math.max(1, Math.ceil((most - least + 1) / question.rows));
  const rows = Math.ceil((most - least + 1) / together);
  const cells = new Map<number, [number, number, number, number]>();
  for (const { x, bucket, count, errors } of points) {
    const row = Math.floor((bucket - least) / together);
    const key = x * 1000 + row;
    const cell = cells.get(key) ?? [x, row, 0, 0];
    cell[2] += count;
    cell[3] += errors;
    cells.set(key, cell);
  }
  return {
    span,
    step_ms: step,
    columns,
    bounds_ns: Array.from({ length: rows + 1 }, (_, row) => latencyBucketStart(least + row * together)),
    cells: [...cells.values()],
    losses,
  };
}

const operationOrders: Readonly<Record<string, (a: Operations['items'][number]) => number>> = {
  requests: (one) => one.requests,
  errors: (one) => one.errors,
  p95_ns: (one) => one.p95_ns ?? 0,
  p99_ns: (one) => one.p99_ns ?? 0,
  time: (one) => one.total_ns,
  bytes: (one) => one.request_bytes + one.response_bytes,
};

export async function readOperations(
  store: Store,
  question: { span: Span; filter: string; order: string; limit: number; signal?: AbortSignal },
): Promise<Operations> {
  const { span } = question;
  const relation = relationOf('requests', nanoSpan(span), question.filter, 'counted');
  const answer = await store.query(
    `SELECT protocol, method, target, operation, count() AS requests, countIf(outcome = 'client_error') AS client_errors, countIf(outcome = 'server_error') AS server_errors, countIf(outcome = 'timeout') AS timeouts, countIf(outcome = 'aborted') AS aborted, sum(request_bytes) AS request_bytes, sum(response_bytes) AS response_bytes, sumMapIf(map(${latencyBucketSql('latency_ns')}, toUInt64(1)), ${latencyCounts}) AS latency, countIf(${latencyCounts}) AS latency_count, maxIf(toUInt64(latency_ns), ${latencyCounts}) AS latency_max, sumIf(toUInt64(latency_ns), ${latencyCounts}) AS latency_sum FROM ${relation.sql} GROUP BY protocol, method, target, operation ORDER BY requests DESC LIMIT 20000`,
    {
      parameters: relation.parameters,
      settings: { prefer_column_name_to_alias: 1 },
      ...(question.signal === undefined ? {} : { signal: question.signal }),
    },
  );
  const items: Operations['items'] = [];
  const seconds = secondsOf(span);
  for (const block of answer.blocks) {
    const read = tallyReader(block);
    const text = (name: string, row: number) => asText(block.columns.get(name)?.data.get(row));
    for (let row = 0; row < block.rows; row++) {
      const tally = new Tally();
      read(row, tally);
      const { requests, rate, errors, client_errors, p50_ns, p95_ns, p99_ns } = tally.golden(seconds);
      items.push({
        protocol: text('protocol', row),
        method: text('method', row),
        target: text('target', row),
        operation: text('operation', row),
        requests,
        rate,
        errors,
        client_errors,
        p50_ns,
        p95_ns,
        p99_ns,
        max_ns: tally.get('latency_count') === 0 ? null : tally.get('latency_max'),
        total_ns: tally.get('latency_sum'),
        request_bytes: tally.get('request_bytes'),
        response_bytes: tally.get('response_bytes'),
      });
    }
  }
  const by = operationOrders[question.order] ?? operationOrders.requests;
  return { span, items: items.toSorted((a, b) => by(b) - by(a)).slice(0, question.limit) };
}

/** Events by what they are, why, where, and when. */
import { type EventFacetField, type EventFacets, eventFacetFields, type Span } from '../../model/api.ts';
import { asNumber, asText } from '../../store/answer.ts';
import type { Store } from '../../store/store.ts';
import type { EntityDirectory } from '../entities.ts';
import { relationOf } from './relation.ts';
import { nanoSpan } from './span.ts';

const entitySql = (end: string): string => `lower(leftPad(hex(${end}), 16, '0'))`;

const valueSql: Readonly<Record<EventFacetField, string>> = {
  event: 'toString(kind)',
  reason: 'toString(reason)',
  source: entitySql('source'),
  destination: entitySql('destination'),
  port: "if(destination_port = 0, '', toString(destination_port))",
  process: 'toString(process)',
  host: 'toString(host)',
};
const nobody = '0000000000000000';

export async function readEventFacets(
  store: Store,
  entities: EntityDirectory,
  question: { span: Span; filter: string; limit: number; columns: number; signal?: AbortSignal },
): Promise<EventFacets> {
  const { span } = question;
  const relation = relationOf('events', nanoSpan(span), question.filter);
  const options = question.signal === undefined ? {} : { signal: question.signal };
  const step = Math.max(1, Math.ceil((span.to - span.from) / question.columns));
  const columns = Math.ceil((span.to - span.from) / step);
  const selects = eventFacetFields.map(
    (field) =>
      `SELECT '${field}' AS field, value, n, count() OVER () AS distinct FROM (SELECT ${valueSql[field]} AS value, sum(count) AS n FROM ${relation.sql} GROUP BY value HAVING value NOT IN ('', '${nobody}')) ORDER BY n DESC, value LIMIT {limit:UInt32}`,
  );
  const [totals, counted, timed] = await Promise.all([
    store.query(`SELECT count() AS rows, sum(count) AS n FROM ${relation.sql}`, {
      parameters: relation.parameters,
      ...options,
    }),
    store.query(selects.map((one) => `SELECT * FROM (${one})`).join(' UNION ALL '), {
      parameters: { ...relation.parameters, limit: question.limit },
      ...options,
    }),
    store.query(
      `SELECT toString(kind) AS event, toInt64(intDiv(toUnixTimestamp64Milli(time) - {from:Int64}, {step:Int64})) AS x, sum(count) AS n FROM ${relation.sql} GROUP BY event, x`,
      { parameters: { ...relation.parameters, from: span.from, step }, ...options },
    ),
  ]);
  const rows = [...counted.objects()].map((row) => ({
    field: asText(row.field),
    value: asText(row.value),
    count: asNumber(row.n),
    distinct: asNumber(row.distinct),
  }));
  const isEnd = (field: string): boolean => field === 'source' || field === 'destination';
  await entities.want(rows.filter(({ field }) => isEnd(field)).map(({ value }) => value));
  const lines = new Map<string, number[]>();
  for (const row of timed.objects()) {
    const event = asText(row.event);
    const x = asNumber(row.x);
    const values = lines.get(event) ?? new Array<number>(columns).fill(0);
    lines.set(event, values);
    if (x >= 0 && x < columns) values[x] += asNumber(row.n);
  }
  const total = totals.first();
  return {
    span,
    rows: asNumber(total?.rows),
    total: asNumber(total?.n),
    facets: eventFacetFields.map((field) => {
      const own = rows.filter((row) => row.field === field);
      return {
        field,
        distinct: own[0]?.distinct ?? 0,
        values: own
          .map(({ value, count }) => {
            const name = isEnd(field) ? (entities.peek(value)?.name ?? value) : value;
            return { value: name, label: name, count };
          })
          .toSorted((a, b) => b.count - a.count),
      };
    }),
    step_ms: step,
    times: Array.from({ length: columns }, (_, i) => span.from + i * step),
    lines: [...lines].map(([event, values]) => ({ event, values })),
  };
}

/** What the store knows to have happened: who appeared, in which version, and which incidents there were. */
import type { Span, TimelineIncident, TimelineMark } from '../../model/api.ts';
import { severities } from '../../model/tables/incidents.ts';
import { asId, asNumber, asText, asTime } from '../../store/answer.ts';
import { spanSql } from '../../store/readers/span.ts';
import type { Store } from '../../store/store.ts';
import type { EntityDirectory } from '../entities.ts';
import { nanoSpan } from './span.ts';

const mostMarks = 300;
/** Instances of a service that appear within so many milliseconds are one mark. */
const together = 10_000;

/** Instances of services that were seen for the first time in a span. Whoever only asks others (and may live for a moment) is left out. */
export async function readMarks(store: Store, entities: EntityDirectory, span: Span): Promise<TimelineMark[]> {
  const parameters = { from: BigInt(span.from) * 1_000_000n, to: BigInt(span.to) * 1_000_000n, together };
  const version = "if(details['version'] != '', details['version'], details['image'])";
  const answer = await store.query(
    `WITH served AS (SELECT DISTINCT destination FROM edges_1m WHERE ${spanSql(nanoSpan(span))} AND counted)
    SELECT parent, version, min(first) AS at, count() AS n, any(older) AS before FROM (
      SELECT parent, ${version} AS version, toUnixTimestamp64Nano(first_seen) AS first,
        intDiv(toUnixTimestamp64Milli(first_seen), {together:Int64}) AS slot,
        anyIf(${version}, ${version} != '') OVER (PARTITION BY parent ORDER BY first_seen ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS older
      FROM entities FINAL WHERE parent IN served AND kind IN ('process', 'container', 'pod')
    ) WHERE first >= {from:Int64} AND first < {to:Int64} GROUP BY parent, version, slot ORDER BY at DESC LIMIT ${mostMarks}`,
    { parameters },
  );
  const rows = [...answer.objects()];
  await entities.want(rows.map((row) => asId(row.parent)));
  return rows.map((row): TimelineMark => {
    const entity = asId(row.parent);
    const [before, after] = [asText(row.before), asText(row.version)];
    const isVersion = before !== '' && after !== '' && before !== after;
    return {
      time: Math.floor(asNumber(row.at) / 1e6),
      kind: isVersion ? 'version' : 'appeared',
      entity,
      entity_name: entities.peek(entity)?.name ?? '',
      count: Math.max(asNumber(row.n), 1),
      before: isVersion ? before : '',
      after,
    };
  });
}

/** Incidents that were there in a span. */
export async function readIncidentMarks(store: Store, span: Span): Promise<TimelineIncident[]> {
  const answer = await store.query(
    `SELECT id, opened, closed, toString(severity) AS severity, title FROM incidents FINAL
    WHERE toUnixTimestamp64Milli(opened) < {to:Int64} AND (toUnixTimestamp64Milli(closed) = 0 OR toUnixTimestamp64Milli(closed) >= {from:Int64})
    ORDER BY opened DESC LIMIT 200`,
    { parameters: { from: span.from, to: span.to } },
  );
  return [...answer.objects()].map((row): TimelineIncident => {
    const closed = Number(asTime(row.closed) / 1_000_000n);
    const said = asText(row.severity);
    return {
      id: asText(row.id),
      opened: Number(asTime(row.opened) / 1_000_000n),
      closed: closed === 0 ? null : closed,
      severity: severities.find((one) => one === said) ?? 'warning',
      title: asText(row.title),
    };
  });
}

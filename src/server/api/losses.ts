import type { Loss, Span } from '../../model/api.ts';
import { asId, asNumber, asText } from '../../store/answer.ts';
import { spanSql } from '../../store/readers/span.ts';
import type { Store } from '../../store/store.ts';
import { nanoSpan } from '../read/span.ts';

/** What was lost in a span: agents tell it as events. */
export async function readLosses(store: Store, span: Span): Promise<Loss[]> {
  const answer = await store.query(
    `SELECT agent, host, reason, sum(count) AS n FROM events WHERE ${spanSql(nanoSpan(span))} AND kind = 'loss' GROUP BY agent, host, reason ORDER BY n DESC LIMIT 1000`,
  );
  return [...answer.objects()].map((row) => ({
    agent: asId(row.agent),
    host: asText(row.host),
    name: asText(row.reason),
    count: asNumber(row.n),
  }));
}

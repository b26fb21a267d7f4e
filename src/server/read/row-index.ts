/** Where the parts of a long answer begin, from a histogram of what it is ordered by: no row is sorted for it. */
import type { RowIndex, Span } from '../../model/api.ts';
import { asNumber } from '../../store/answer.ts';
import type { Store } from '../../store/store.ts';
import { type FilteredTable, relationOf } from './relation.ts';
import { cursorOf, placeBefore, type RowOrder } from './row-order.ts';
import { nanoSpan } from './span.ts';

/** Rows that a part should have; bursts of one moment have more. */
const usualPart = 400;
const steps = 4096n;

/**
 * Counts rows by what they are ordered by and joins neighbouring counts to parts. Works in memory that does not grow with
 * the rows; each part's bounds are values that occur, so its rows are exactly those between its mark and the next.
 */
export async function readRowIndex(
  store: Store,
  table: FilteredTable,
  question: { span: Span; filter: string; order: RowOrder; where: string; signal?: AbortSignal },
): Promise<RowIndex> {
  const { order } = question;
  const span = nanoSpan(question.span);
  const relation = relationOf(table, span, question.filter, question.where);
  const step = (span.to - span.from) / steps + 1n;
  // The exponent and ten bits of the mantissa: 1,024 buckets to a doubling.
  const bucket = order.ofTime
    ? 'intDiv(row_by - {first:Int64}, {step:Int64})'
    : 'if(row_by < 0, toInt64(-1), toInt64(bitShiftRight(reinterpretAsUInt64(toFloat64(row_by)), 42)))';
  const answer = await store.query(
    `SELECT ${bucket} AS bucket, toUInt64(count()) AS n, min(row_by) AS least, max(row_by) AS greatest FROM (SELECT ${order.by} AS row_by FROM ${relation.sql}) GROUP BY bucket ORDER BY bucket ${order.descending ? 'DESC' : 'ASC'}`,
    {
      parameters: { ...relation.parameters, ...(order.ofTime ? { first: span.from, step } : {}) },
      ...(question.signal === undefined ? {} : { signal: question.signal }),
    },
  );
  const marks: RowIndex['marks'] = [{ cursor: '', before: 0 }];
  let total = 0;
  let part = 0;
  for (const row of answer.objects()) {
    const count = asNumber(row.n);
    if (part > 0 && part + count > usualPart) {
      const bound = order.descending ? row.greatest : row.least;
      marks.push({ cursor: cursorOf(placeBefore(order, BigInt(bound as bigint | number))), before: total });
      part = 0;
    }
    part += count;
    total += count;
  }
  return { span: question.span, total, marks };
}

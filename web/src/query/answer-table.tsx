import { type ReactNode, useMemo } from 'react';
import type { SqlAnswer, SqlValue } from '../../../src/model/api.ts';
import { threeDigits } from '../../../src/model/format.ts';
import { Chart } from '../parts/chart.tsx';
import { Name } from '../parts/quantity.tsx';
import { type TableColumn, VirtualTable } from '../parts/virtual-table.tsx';
import { sqlText } from './csv.ts';

const isNumber = (type: string): boolean => /^(?:Nullable\()?(?:U?Int|Float|Decimal)/.test(type);

/** What a statement answered, as a table. */
export function AnswerTable({ of }: { of: SqlAnswer }): ReactNode {
  const columns = useMemo(() => columnsOf(of), [of]);
  return (
    <VirtualTable
      label="Answer"
      columns={columns}
      count={of.rows.length}
      rowAt={(index) => of.rows[index]}
      idOf={(_row, index) => String(index)}
    />
  );
}

/** The numbers of an answer over time, where its first column is a time. */
export function AnswerCharts({ of }: { of: SqlAnswer }): ReactNode {
  const series = useMemo(() => seriesOf(of), [of]);
  if (series === undefined) return null;
  return (
    <div className="cards" style={{ padding: '10px 16px 0' }}>
      {series.lines.map(({ label, values }) => (
        <Chart
          key={label}
          title={label}
          times={series.times}
          lines={[{ label, role: 'slow', values }]}
          show={(value) => ({ number: threeDigits(value), unit: '', gap: '' })}
        />
      ))}
    </div>
  );
}

function columnsOf(of: SqlAnswer): TableColumn<SqlValue[]>[] {
  const sample = of.rows.slice(0, 100);
  return of.columns.map(({ name, type }, i) => {
    const longest = sample.reduce((most, row) => Math.max(most, sqlText(row[i]).length), name.length);
    const numeric = isNumber(type);
    return {
      id: `${i}`,
      title: name,
      width: Math.min(Math.max(longest * 7.6 + 20, 64), 380),
      ...(numeric ? {} : { grow: 1 }),
      numeric,
      show: (row) => {
        const value = row[i];
        if (value === null) return <span className="dim">null</span>;
        return numeric ? numberText(value) : <Name text={sqlText(value)} most={80} />;
      },
    };
  });
}

function numberText(value: SqlValue): string {
  return typeof value === 'number' ? value.toLocaleString(undefined, { maximumFractionDigits: 6 }) : sqlText(value);
}

function seriesOf(
  of: SqlAnswer,
): { times: readonly number[]; lines: readonly { label: string; values: (number | null)[] }[] } | undefined {
  if (of.rows.length < 2 || of.columns[0]?.type.startsWith('DateTime') !== true) return undefined;
  const times = of.rows.map((row) => Date.parse(momentText(sqlText(row[0]))));
  if (times.some((time, i) => Number.isNaN(time) || (i > 0 && time <= times[i - 1]))) return undefined;
  const lines = of.columns.flatMap(({ name, type }, i) =>
    i > 0 && isNumber(type)
      ? [{ label: name, values: of.rows.map((row) => (row[i] === null ? null : Number(row[i]))) }]
      : [],
  );
  return lines.length === 0 ? undefined : { times, lines: lines.slice(0, 6) };
}

/** Moments without a zone are of UTC. */
function momentText(text: string): string {
  return /Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`;
}

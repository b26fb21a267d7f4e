import { type ReactNode, useMemo } from 'react';
import type { SqlAnswer, SqlValue } from '../../../src/model/api.ts';
import { Name } from '../parts/quantity.tsx';
import { type TableColumn, VirtualTable } from '../parts/virtual-table.tsx';
import { isNumber } from './answer-shape.ts';
import { sqlText } from './csv.ts';

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

function columnsOf(of: SqlAnswer): TableColumn<SqlValue[]>[] {
  const sample = of.rows.slice(0, 100);
  return of.columns.map(({ name, type }, i) => {
    const longest = sample.reduce((most, row) => Math.max(most, sqlText(row[i] ?? null).length), name.length);
    const numeric = isNumber(type);
    return {
      id: `${i}`,
      title: name,
      width: Math.min(Math.max(longest * 7.6 + 20, 64), 380),
      ...(numeric ? {} : { grow: 1 }),
      numeric,
      show: (row) => {
        const value = row[i] ?? null;
        if (value === null) return <span className="dim">null</span>;
        return numeric ? numberText(value) : <Name text={sqlText(value)} most={80} />;
      },
    };
  });
}

function numberText(value: SqlValue): string {
  return typeof value === 'number' ? value.toLocaleString(undefined, { maximumFractionDigits: 6 }) : sqlText(value);
}

import type { SqlAnswer, SqlValue } from '../../../src/model/api.ts';

/** An answer as CSV (RFC 4180). Texts that a spreadsheet would take for a formula get a ' before them. */
export function csvOf(answer: SqlAnswer): string {
  const lines = [answer.columns.map(({ name }) => cell(name)).join(',')];
  for (const row of answer.rows) lines.push(row.map((value) => cell(value)).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

function cell(value: SqlValue): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = sqlText(value);
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A value as text; '' for NULL. */
export function sqlText(value: SqlValue): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

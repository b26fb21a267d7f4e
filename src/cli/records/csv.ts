/** Comma-separated values as RFC 4180 has them, with line feeds. */

const special = /[",\r\n]/;

/** One line, with a line break at its end. What is undefined or null is empty; lists and objects are JSON. */
export function csvLine(values: readonly unknown[]): string {
  let line = '';
  for (let i = 0; i < values.length; i++) {
    if (i > 0) line += ',';
    const value = values[i];
    if (value === undefined || value === null) continue;
    if (typeof value === 'number' || typeof value === 'boolean') line += value;
    else line += quoted(typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return `${line}\n`;
}

function quoted(text: string): string {
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

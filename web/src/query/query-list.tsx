import { type ReactNode, useState } from 'react';
import type { Schema } from '../../../src/model/api.ts';
import { Name } from '../parts/quantity.tsx';
import { type ReadyQuery, readyGroups } from './library.ts';
import { forget } from './saved.ts';

/** Statements that are ready or saved, and the tables they read; a word narrows them. */
export function QueryList({
  sql,
  saved,
  schema,
  take,
  insert,
  done,
}: {
  sql: string;
  saved: readonly ReadyQuery[];
  schema: Schema | undefined;
  take: (query: ReadyQuery) => void;
  insert: (word: string) => void;
  done: (saved: readonly ReadyQuery[]) => void;
}): ReactNode {
  const [word, setWord] = useState('');
  const passes = (...texts: readonly string[]): boolean =>
    word
      .toLowerCase()
      .split(/\s+/)
      .every((part) => texts.some((text) => text.toLowerCase().includes(part)));
  const own = saved.filter(({ title }) => passes(title));
  return (
    <section className="facets library" aria-label="Statements" tabIndex={0}>
      <input
        className="find"
        aria-label="Find a statement or a column"
        placeholder="Find: dns, slow, bytes …"
        value={word}
        onChange={(event) => setWord(event.target.value)}
      />
      {own.length > 0 && (
        <>
          <h2>Saved</h2>
          {own.map((query) => (
            <div key={query.title} className="fact">
              <button type="button" aria-pressed={query.sql === sql} onClick={() => take(query)}>
                <span>
                  <Name text={query.title} most={30} />
                </span>
              </button>
              <button
                type="button"
                className="not"
                aria-label={`Forget ${query.title.slice(0, 80)}`}
                onClick={() => done(forget(query.title))}
              >
                ×
              </button>
            </div>
          ))}
        </>
      )}
      {readyGroups.map((group) => {
        const found = group.queries.filter(({ title, about }) => passes(title, about));
        return found.length === 0 ? null : (
          <div key={group.title}>
            <h2>{group.title}</h2>
            {found.map((query) => (
              <button
                key={query.title}
                type="button"
                title={query.about}
                aria-pressed={query.sql === sql}
                onClick={() => take(query)}
              >
                <span>{query.title}</span>
              </button>
            ))}
          </div>
        );
      })}
      <h2>Tables</h2>
      {schema?.tables.map((table) => {
        const columns = table.columns.filter(({ name, doc }) => word === '' || passes(table.name, name, doc));
        return columns.length === 0 ? null : (
          <details key={table.name} open={word.length > 2 && columns.length < 12}>
            <summary title={table.doc}>{table.name}</summary>
            {columns.map((column) => (
              <button
                key={column.name}
                type="button"
                title={`${column.doc} ${column.unit}`}
                onClick={() => insert(column.name)}
              >
                <span>{column.name}</span>
                <span className="dim">{column.type.replace(/\(.*/, '')}</span>
              </button>
            ))}
          </details>
        );
      })}
    </section>
  );
}

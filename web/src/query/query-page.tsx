import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Schema, SqlAnswer } from '../../../src/model/api.ts';
import { ApiError, type Problem, post } from '../data/api.ts';
import { useApi } from '../data/use-api.ts';
import { go, useView, type View } from '../data/view.ts';
import { momentOf } from '../frame/scrubber.tsx';
import { Name } from '../parts/quantity.tsx';
import { Empty, Trouble } from '../parts/states.tsx';
import { AnswerCharts, AnswerTable } from './answer-table.tsx';
import { csvOf } from './csv.ts';
import { library, type ReadyQuery } from './library.ts';
import { forget, readSaved, remember } from './saved.ts';

/** SQL over everything that is stored, with statements that are ready to run. */
export function QueryPage(): ReactNode {
  const view = useView();
  const [sql, setSql] = useState(view.more.sql ?? library[0].sql);
  const [answer, setAnswer] = useState<SqlAnswer | undefined>();
  const [problem, setProblem] = useState<Problem | undefined>();
  const [running, setRunning] = useState(false);
  const [saved, setSaved] = useState(readSaved);
  const schema = useApi<Schema>('/schema');
  const text = useRef<HTMLTextAreaElement>(null);

  const run = async (statement: string): Promise<void> => {
    setRunning(true);
    go({ more: { sql: statement } }, true);
    try {
      setAnswer(await post<SqlAnswer>('/query', { sql: statement, parameters: parametersFor(statement, view) }));
      setProblem(undefined);
    } catch (error) {
      setProblem(error instanceof ApiError ? error.problem : { title: String(error), status: 0 });
    }
    setRunning(false);
  };
  // A statement in the address is there to be seen with its answer.
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current || view.more.sql === undefined) return;
    asked.current = true;
    void run(view.more.sql);
  });
  const take = (query: Pick<ReadyQuery, 'sql'>): void => {
    setSql(query.sql);
    void run(query.sql);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void run(sql);
  };
  /** Puts a word where the cursor is. */
  const insert = (word: string): void => {
    const area = text.current;
    const [start, end] = area === null ? [sql.length, sql.length] : [area.selectionStart, area.selectionEnd];
    setSql(`${sql.slice(0, start)}${word}${sql.slice(end)}`);
    area?.focus();
  };
  return (
    <div className="split">
      <section className="facets library" aria-label="Statements" tabIndex={0}>
        {saved.length > 0 && (
          <>
            <h2>Saved</h2>
            {saved.map((query) => (
              <div key={query.title} className="fact">
                <button type="button" onClick={() => take(query)}>
                  <span>
                    <Name text={query.title} most={30} />
                  </span>
                </button>
                <button
                  type="button"
                  className="not"
                  aria-label={`Forget ${query.title}`}
                  onClick={() => setSaved(forget(query.title))}
                >
                  ×
                </button>
              </div>
            ))}
          </>
        )}
        <h2>Ready to run</h2>
        {library.map((query) => (
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
        <h2>Tables</h2>
        {schema.data?.tables.map((table) => (
          <details key={table.name}>
            <summary title={table.doc}>{table.name}</summary>
            {table.columns.map((column) => (
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
        ))}
      </section>
      <div className="page">
        <div className="sql">
          <textarea
            ref={text}
            aria-label="SQL statement"
            value={sql}
            spellCheck={false}
            onChange={(event) => setSql(event.target.value)}
            onKeyDown={onKey}
          />
          <div className="toolbar bare">
            <button type="button" className="button primary" disabled={running} onClick={() => void run(sql)}>
              {running ? 'Running …' : 'Run'} <span className="key">Ctrl ⏎</span>
            </button>
            <Save sql={sql} done={setSaved} />
            {answer !== undefined && (
              <>
                <button type="button" className="button" onClick={() => download(answer)}>
                  Download CSV
                </button>
                <span className="dim" role="status">
                  {answer.rows.length.toLocaleString()} rows{answer.truncated ? ' (there are more)' : ''} in{' '}
                  {Math.round(answer.elapsed_ms)} ms
                </span>
              </>
            )}
          </div>
        </div>
        {problem !== undefined ? (
          <Trouble problem={problem} again={() => void run(sql)} />
        ) : answer === undefined ? (
          <Empty title="Ask anything">
            Run this statement, choose one of the ready ones, or write your own: ClickHouse SQL, reading only.{' '}
            {'{from:Int64} and {to:Int64}'} are the span that is chosen below.
          </Empty>
        ) : answer.rows.length === 0 ? (
          <Empty title="No rows">The statement found nothing in the span that is chosen below.</Empty>
        ) : (
          <>
            <AnswerCharts of={answer} />
            <AnswerTable of={answer} />
          </>
        )}
      </div>
    </div>
  );
}

function Save({ sql, done }: { sql: string; done: (saved: readonly ReadyQuery[]) => void }): ReactNode {
  const [title, setTitle] = useState('');
  return (
    <form
      className="save"
      onSubmit={(event) => {
        event.preventDefault();
        if (title.trim() === '') return;
        done(remember(title.trim(), sql));
        setTitle('');
      }}
    >
      <input
        aria-label="Name to save it under"
        placeholder="Save as …"
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <button type="submit" className="button" disabled={title.trim() === ''}>
        Save
      </button>
    </form>
  );
}

/** The span that is looked at, for statements that use it. */
function parametersFor(sql: string, view: View): Record<string, number> {
  const values = { from: Math.round(momentOf(view.from)), to: Math.round(momentOf(view.to)) };
  return Object.fromEntries(Object.entries(values).filter(([name]) => sql.includes(`{${name}:`)));
}

function download(answer: SqlAnswer): void {
  const url = URL.createObjectURL(new Blob([csvOf(answer)], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'wirelight.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Losses, Schema, SqlAnswer } from '../../../src/model/api.ts';
import { ApiError, type Problem, post } from '../data/api.ts';
import { useApi } from '../data/use-api.ts';
import { go, useView, type View } from '../data/view.ts';
import { momentOf } from '../frame/scrubber.tsx';
import { Empty, Skeleton, Trouble } from '../parts/states.tsx';
import { type AnswerView, possibleViews, usualView } from './answer-shape.ts';
import { AnswerTable } from './answer-table.tsx';
import { AnswerChart, AnswerGraph } from './answer-views.tsx';
import { csvOf } from './csv.ts';
import { library, type ReadyQuery } from './library.ts';
import { QueryList } from './query-list.tsx';
import { readSaved, remember } from './saved.ts';
import { SqlField, type SqlFieldHandle } from './sql-field.tsx';
import './query.css';

const viewTitles: Readonly<Record<AnswerView, string>> = { table: 'Table', chart: 'Chart', graph: 'Graph' };

/** SQL over everything that is stored, with statements that are ready to run. */
export function QueryPage(): ReactNode {
  const view = useView();
  const [sql, setSql] = useState(view.more.sql ?? library[0]?.sql ?? '');
  const [answer, setAnswer] = useState<SqlAnswer | undefined>();
  const [problem, setProblem] = useState<Problem | undefined>();
  const [running, setRunning] = useState(false);
  const [saved, setSaved] = useState(readSaved);
  const schema = useApi<Schema>('/schema');
  const losses = useApi<Losses>('/losses', { from: view.from, to: view.to }, 10_000);
  const field = useRef<SqlFieldHandle>(null);

  const latest = useRef(0);
  const run = async (statement: string): Promise<void> => {
    const turn = ++latest.current;
    setRunning(true);
    go({ more: { sql: statement } }, true);
    try {
      const found = await post<SqlAnswer>('/query', {
        sql: statement,
        parameters: parametersFor(statement, view),
      });
      if (turn !== latest.current) return;
      setAnswer(found);
      setProblem(undefined);
    } catch (error) {
      if (turn !== latest.current) return;
      setProblem(error instanceof ApiError ? error.problem : { title: String(error), status: 0 });
    }
    setRunning(false);
  };
  // A statement in the address is there to be seen with its answer; another span asks it again.
  const asked = useRef('');
  const question = `${view.from} ${view.to}`;
  useEffect(() => {
    if (view.more.sql === undefined || asked.current === question) return;
    asked.current = question;
    void run(view.more.sql);
  });
  const take = (query: Pick<ReadyQuery, 'sql'>): void => {
    asked.current = question;
    setSql(query.sql);
    go({ more: { as: '' } }, true);
    void run(query.sql);
  };
  const possible = answer === undefined ? [] : possibleViews(answer);
  const wanted = possible.find((one) => one === view.more.as);
  const shown = wanted ?? (answer === undefined ? 'table' : usualView(answer));
  const lost = losses.data?.total ?? 0;
  return (
    <div className="split query">
      <QueryList
        sql={sql}
        saved={saved}
        schema={schema.data}
        take={take}
        insert={(word) => field.current?.insert(word)}
        done={setSaved}
      />
      <div className="page">
        <div className="sql">
          <SqlField value={sql} schema={schema.data} onChange={setSql} onRun={() => void run(sql)} handle={field} />
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
                {possible.length > 1 && (
                  <div className="tabs" role="group" aria-label="Shown as">
                    {possible.map((one) => (
                      <button
                        key={one}
                        type="button"
                        className="pill"
                        aria-pressed={one === shown}
                        onClick={() => go({ more: { as: one === usualView(answer) ? '' : one } })}
                      >
                        {viewTitles[one]}
                      </button>
                    ))}
                  </div>
                )}
                <span className="dim" role="status">
                  {answer.rows.length.toLocaleString()} rows{answer.truncated ? ' (there are more)' : ''} in{' '}
                  {Math.round(answer.elapsed_ms)} ms
                </span>
                {lost > 0 && (
                  <span className="bad" title="What was lost is not in the answer">
                    {lost.toLocaleString()} records of this span were lost
                  </span>
                )}
              </>
            )}
          </div>
        </div>
        {problem !== undefined ? (
          <Trouble problem={problem} again={() => void run(sql)} />
        ) : answer === undefined ? (
          running ? (
            <div style={{ padding: '8px 16px', flex: 1 }}>
              <Skeleton lines={12} />
            </div>
          ) : (
            <Empty title="Ask anything">
              Run this statement, choose one of the ready ones, or write your own: ClickHouse SQL, reading only.{' '}
              {'{from:Int64} and {to:Int64}'} are the span that is chosen below.
            </Empty>
          )
        ) : answer.rows.length === 0 ? (
          <Empty title="No rows">
            The statement found nothing in the span that is chosen below. A longer span, or other conditions, may find
            more.
          </Empty>
        ) : shown === 'chart' ? (
          <AnswerChart of={answer} />
        ) : shown === 'graph' ? (
          <AnswerGraph of={answer} />
        ) : (
          <AnswerTable of={answer} />
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

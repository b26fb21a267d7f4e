import { type ReactNode, useMemo, useState } from 'react';
import type { SqlAnswer } from '../../../src/model/api.ts';
import { count, quantityText, threeDigits } from '../../../src/model/format.ts';
import { Chart } from '../parts/chart.tsx';
import { Name } from '../parts/quantity.tsx';
import { barsOf, type Flows, flowsOf, linesOf } from './answer-shape.ts';

/** The numbers of an answer: over time where its first column is a time, as bars otherwise. */
export function AnswerChart({ of }: { of: SqlAnswer }): ReactNode {
  const series = useMemo(() => linesOf(of), [of]);
  if (series === undefined) return <BarList of={of} />;
  return (
    <section className="scroll" tabIndex={0} aria-label="Charts">
      <div className="answer-charts">
        {series.lines.map(({ label, values }) => (
          <Chart
            key={label}
            title={label}
            times={series.times}
            lines={[{ label, role: label === 'failed' || label === 'lost' ? 'error' : 'slow', values }]}
            show={(value) => ({ number: threeDigits(value), unit: '', gap: '' })}
          />
        ))}
      </div>
    </section>
  );
}

function BarList({ of }: { of: SqlAnswer }): ReactNode {
  const bars = useMemo(() => barsOf(of), [of]);
  const [chosen, setChosen] = useState(0);
  if (bars === undefined) return null;
  const at = Math.min(chosen, bars.measures.length - 1);
  const rows = bars.rows.toSorted((a, b) => (b.values[at] ?? -1) - (a.values[at] ?? -1));
  const most = Math.max(...rows.map(({ values }) => Math.abs(values[at] ?? 0)), 1e-9);
  const name = bars.measures[at]?.name ?? '';
  return (
    <section className="scroll" tabIndex={0} aria-label="Bars">
      <div className="bars-measures">
        {bars.measures.map((measure, i) => (
          <button key={measure.at} type="button" className="pill" aria-pressed={i === at} onClick={() => setChosen(i)}>
            {measure.name}
          </button>
        ))}
      </div>
      <ul className="bars">
        {rows.map(({ label, values }, i) => {
          const value = values[at] ?? null;
          return (
            <li key={`${label} ${i}`}>
              <Name text={label} most={60} />
              <span className="bar-track">
                <i
                  style={{
                    width: `${(Math.abs(value ?? 0) / most) * 100}%`,
                    background: `var(--${/failed|lost|unanswered/.test(name) ? 'error' : 'slow'})`,
                  }}
                />
              </span>
              <span className="num">{value === null ? '-' : quantityText(count(value))}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const rowTall = 26;
const wide = 900;

/** Who with whom as bands between two lists of names; vermilion is the share that failed. */
export function AnswerGraph({ of }: { of: SqlAnswer }): ReactNode {
  const flows = useMemo(() => flowsOf(of), [of]);
  if (flows === undefined) return null;
  const left = places(flows, 'from');
  const right = places(flows, 'to');
  const tall = Math.max(left.size, right.size) * rowTall + 40;
  const most = Math.log1p(Math.max(...flows.links.map(({ value }) => value), 1));
  const y = (side: ReadonlyMap<string, number>, name: string): number => {
    const gap = (tall - 40) / Math.max(side.size, 1);
    return 30 + (side.get(name) ?? 0) * gap + gap / 2;
  };
  const sentence = flows.links
    .slice(0, 20)
    .map(({ from, to, value }) => `${from} to ${to} ${value}`)
    .join(', ');
  return (
    <section className="scroll" tabIndex={0} aria-label="Graph">
      <div className="flow-graph" style={{ height: tall }}>
        <svg viewBox={`0 0 ${wide} ${tall}`} preserveAspectRatio="none" role="img" aria-label={sentence.slice(0, 2000)}>
          {flows.links.map(({ from, to, value, bad }) => {
            const [y0, y1] = [y(left, from), y(right, to)];
            const width = 1.5 + 11 * (Math.log1p(value) / most);
            const path = `M 250 ${y0} C 430 ${y0}, 470 ${y1}, 650 ${y1}`;
            return (
              <g key={JSON.stringify([from, to])}>
                <path d={path} fill="none" stroke="var(--slow)" strokeOpacity={0.4} strokeWidth={width}>
                  <title>{`${value.toLocaleString()} ${flows.measure}${bad > 0 ? `, ${bad.toLocaleString()} failed` : ''}`}</title>
                </path>
                {bad > 0 && value > 0 && (
                  <path
                    d={path}
                    fill="none"
                    stroke="var(--error)"
                    strokeWidth={Math.max(width * Math.min(bad / value, 1), 1)}
                  />
                )}
              </g>
            );
          })}
        </svg>
        <span className="flow-head left">{flows.from}</span>
        <span className="flow-head right">
          {flows.to} · {flows.measure}
        </span>
        {[...left.keys()].map((name) => (
          <span key={name} className="flow-name left" style={{ top: y(left, name) }}>
            <Name text={name} most={32} />
          </span>
        ))}
        {[...right.keys()].map((name) => (
          <span key={name} className="flow-name right" style={{ top: y(right, name) }}>
            <Name text={name} most={32} />{' '}
            <span className="dim">
              {quantityText(count(flows.links.reduce((sum, link) => sum + (link.to === name ? link.value : 0), 0)))}
            </span>
          </span>
        ))}
      </div>
    </section>
  );
}

/** The names of one side, those with most first. */
function places(flows: Flows, side: 'from' | 'to'): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const link of flows.links) sums.set(link[side], (sums.get(link[side]) ?? 0) + link.value);
  return new Map([...sums].toSorted((a, b) => b[1] - a[1]).map(([name], i) => [name, i]));
}

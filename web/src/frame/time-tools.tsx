import { type ReactNode, useEffect, useRef, useState } from 'react';
import { go, isLive, type View } from '../data/view.ts';
import { momentOf } from './moments.ts';

/** The axis is played through in a minute, two steps a second. */
const stepsAnAxis = 120;

/** Play, compare, and go to any moment. */
export function TimeTools({
  view,
  window: shown,
}: {
  view: View;
  window: { readonly from: number; readonly to: number } | undefined;
}): ReactNode {
  const [playing, setPlaying] = useState(false);
  const menu = useRef<HTMLDetailsElement>(null);
  const axis = useRef(shown);
  axis.current = shown;
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setInterval(() => {
      const search = new URLSearchParams(window.location.search);
      const [a, b] = [Number(search.get('from')), Number(search.get('to'))];
      const step = axis.current === undefined ? 30_000 : (axis.current.to - axis.current.from) / stepsAnAxis;
      // Somebody went live, or the present is reached.
      if (!Number.isFinite(a) || !Number.isFinite(b) || b === 0 || b + step >= Date.now()) {
        setPlaying(false);
        if (b > 0 && Number.isFinite(a)) go({ from: `-${Math.max(Math.round((b - a) / 1000), 10)}s`, to: 'now' }, true);
        return;
      }
      go({ from: String(Math.round(a + step)), to: String(Math.round(b + step)) }, true);
    }, 500);
    return () => clearInterval(timer);
  }, [playing]);
  const play = (): void => {
    if (!playing && isLive(view) && shown !== undefined) {
      // From the beginning of the axis, looking at a twelfth of it at a time.
      const length = (shown.to - shown.from) / 12;
      go({ from: String(Math.round(shown.from)), to: String(Math.round(shown.from + length)) });
    }
    setPlaying(!playing);
  };
  const compares = view.before !== '';
  return (
    <>
      <button
        type="button"
        className="tool"
        aria-pressed={playing}
        aria-label={playing ? 'Stop playing' : 'Play what happened'}
        title={playing ? 'Stop playing' : 'Play what happened'}
        onClick={play}
      >
        <svg viewBox="0 0 14 14" aria-hidden="true">
          {playing ? <path d="M3 2h3v10H3zM8 2h3v10H8z" /> : <path d="M3 1.5v11l9-5.5z" />}
        </svg>
      </button>
      <button
        type="button"
        className="tool"
        aria-pressed={compares}
        aria-label="Compare with an earlier time"
        title="Compare with an earlier time (c); drag with Alt to choose which"
        onClick={() =>
          go(
            compares
              ? { before: '', more: { before_from: '', side: '' } }
              : { page: 'map', before: '-1h', selected: '' },
          )
        }
      >
        <svg viewBox="0 0 14 14" aria-hidden="true">
          <path d="M1 3h5v8H1zM8 3h5v8H8zM9.2 4.2v5.6h2.6V4.2z" fillRule="evenodd" />
        </svg>
      </button>
      <details className="menu" ref={menu}>
        <summary className="tool" aria-label="Go to a moment" title="Go to a moment">
          <svg viewBox="0 0 14 14" aria-hidden="true">
            <path
              d="M7 1a6 6 0 1 0 0 12A6 6 0 0 0 7 1zm0 1.3a4.7 4.7 0 1 1 0 9.4 4.7 4.7 0 0 1 0-9.4zM6.4 3.5v4l2.8 1.7.6-1-2.2-1.4V3.5z"
              fillRule="evenodd"
            />
          </svg>
        </summary>
        <div>
          <Moments view={view} close={() => menu.current?.removeAttribute('open')} />
        </div>
      </details>
    </>
  );
}

function Moments({ view, close }: { view: View; close: () => void }): ReactNode {
  const field = (id: string, label: string, value: number): ReactNode => (
    <>
      <label htmlFor={id}>{label}</label>
      <input id={id} name={id} type="datetime-local" step="1" defaultValue={localText(value)} />
    </>
  );
  return (
    <form
      className="moments"
      key={`${view.from} ${view.to}`}
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        const [from, to] = ['time-from', 'time-to'].map((name) => Date.parse(String(data.get(name))));
        if (!Number.isFinite(from) || !Number.isFinite(to) || from >= to) return;
        go({ from: String(from), to: String(Math.min(to, Date.now())) });
        close();
      }}
    >
      {field('time-from', 'from', momentOf(view.from))}
      {field('time-to', 'to', momentOf(view.to))}
      <span />
      <button type="submit" className="button">
        Show
      </button>
    </form>
  );
}

/** As the input wants it: local time without a zone. */
function localText(milliseconds: number): string {
  const zone = new Date(milliseconds).getTimezoneOffset() * 60_000;
  return new Date(milliseconds - zone).toISOString().slice(0, 19);
}

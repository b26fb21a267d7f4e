import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Timeline } from '../../../src/model/api.ts';
import { useApi } from '../data/use-api.ts';
import { go, isLive, type View } from '../data/view.ts';
import { momentOf } from './moments.ts';
import { color } from './theme.ts';

export { momentOf } from './moments.ts';

const lengths: readonly (readonly [string, number])[] = [
  ['5m', 300_000],
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['6h', 21_600_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
];

/** The time below every page: how much was asked and failed, where it was lost, and which part is looked at. */
export function Scrubber({ view }: { view: View }): ReactNode {
  const [length, setLength] = useState('1h');
  const whole = lengths.find(([name]) => name === length)?.[1] ?? 3_600_000;
  const live = isLive(view);
  const paused = live ? 0 : momentOf(view.to);
  // Paused: the past stays where it is, with the selection in it.
  const windowTo = live || Date.now() - paused < whole * 0.5 ? 'now' : String(Math.round(paused + whole * 0.25));
  const from = windowTo === 'now' ? `-${length}` : String(Number(windowTo) - whole);
  const { data } = useApi<Timeline>('/timeline', { from, to: windowTo, columns: 240 }, 5000);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<readonly [number, number] | undefined>();
  const [theme, setTheme] = useState(0);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const again = (): void => setTheme((n) => n + 1);
    window.addEventListener('theme', again);
    const observer = new ResizeObserver((entries) => setWidth(entries[0]?.contentRect.width ?? 0));
    if (canvas.current !== null) observer.observe(canvas.current);
    return () => {
      window.removeEventListener('theme', again);
      observer.disconnect();
    };
  }, []);

  const span = data?.span;
  // the theme and the size change what is drawn
  useEffect(() => {
    const element = canvas.current;
    if (element === null || data === undefined || span === undefined) return;
    draw(element, data, drag ?? [momentOf(view.from), momentOf(view.to)], live);
  }, [data, view, drag, theme, width]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      if (event.target instanceof Element && event.target.closest('input, textarea, select, [role=grid]') !== null)
        return;
      const [a, b] = [momentOf(view.from), momentOf(view.to)];
      const step = (b - a) * (event.shiftKey ? 1 : 0.1) * (event.key === 'ArrowLeft' ? -1 : 1);
      if (b + step >= Date.now()) go({ from: `-${Math.round((b - a) / 60_000)}m`, to: 'now' });
      else go({ from: String(Math.round(a + step)), to: String(Math.round(b + step)) }, true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [view]);

  const timeAt = (x: number): number => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined || span === undefined) return Date.now();
    const share = Math.min(Math.max((x - box.left) / box.width, 0), 1);
    return Math.round(span.from + share * (span.to - span.from));
  };
  const spanText = live ? `last ${view.from.slice(1)}` : textOf(momentOf(view.from), momentOf(view.to));
  return (
    <section className="scrubber" aria-label="Time">
      <div className="spans">
        <span title="What the page shows">{spanText}</span>
        <div className="row">
          {lengths.map(([name]) => (
            <button
              key={name}
              type="button"
              className="pill"
              aria-pressed={length === name}
              onClick={() => {
                setLength(name);
                if (live) go({ from: `-${name}`, to: 'now' });
              }}
            >
              {name}
            </button>
          ))}
        </div>
      </div>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Requests over time, ${spanText}. Drag to select, arrow keys to step.`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const time = timeAt(event.clientX);
          setDrag([time, time]);
        }}
        onPointerMove={(event) => {
          if (drag !== undefined) setDrag([drag[0], timeAt(event.clientX)]);
        }}
        onPointerUp={() => {
          if (drag === undefined) return;
          const [a, b] = [Math.min(...drag), Math.max(...drag)];
          setDrag(undefined);
          const tiny = span === undefined || b - a < (span.to - span.from) / 200;
          const half = (momentOf(view.to) - momentOf(view.from)) / 2;
          const to = tiny ? Math.min(a + half, Date.now()) : b;
          go({ from: String(Math.round(tiny ? to - 2 * half : a)), to: String(Math.round(to)) });
        }}
      />
    </section>
  );
}

function textOf(from: number, to: number): string {
  const time = (ms: number): string =>
    new Date(ms).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  return `${time(from)} – ${time(to)}`;
}

function draw(canvas: HTMLCanvasElement, data: Timeline, selected: readonly [number, number], live: boolean): void {
  const ratio = window.devicePixelRatio;
  const box = canvas.getBoundingClientRect();
  canvas.width = Math.max(Math.round(box.width * ratio), 1);
  canvas.height = Math.max(Math.round(box.height * ratio), 1);
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(ratio, ratio);
  const { width, height } = box;
  const base = height - 18;
  const { from, to } = data.span;
  const x = (time: number): number => ((time - from) / (to - from)) * width;
  const top = Math.max(...data.rate, 1e-9);
  const step = (width * data.step_ms) / (to - from);
  const bars = color('text-3');
  const error = color('error');
  data.times.forEach((time, i) => {
    const rate = data.rate[i] ?? 0;
    const left = x(time);
    if (rate > 0) {
      const tall = Math.max(Math.sqrt(rate / top) * (base - 10), 1.5);
      const bad = tall * (data.error_ratio[i] ?? 0);
      context.globalAlpha = 0.75;
      context.fillStyle = bars;
      context.fillRect(left, base - tall, Math.max(step - 1, 1), tall - bad);
      context.globalAlpha = 1;
      context.fillStyle = error;
      if (bad > 0) context.fillRect(left, base - Math.max(bad, 1.5), Math.max(step - 1, 1), Math.max(bad, 1.5));
    }
    if ((data.losses[i] ?? 0) > 0) {
      context.strokeStyle = error;
      context.globalAlpha = 0.6;
      context.beginPath();
      for (let y = 0; y < base; y += 6) {
        context.moveTo(left, y + 6);
        context.lineTo(left + step, y);
      }
      context.stroke();
      context.globalAlpha = 1;
    }
  });
  for (const change of data.changes) {
    const at = x(Date.parse(change.time));
    context.fillStyle = color('new');
    context.fillRect(at, 0, 1.5, base);
  }
  const [a, b] = [x(selected[0]), x(selected[1])];
  context.fillStyle = color('accent-soft');
  context.fillRect(Math.min(a, b), 0, Math.max(Math.abs(b - a), 2), base);
  context.fillStyle = color('accent');
  context.fillRect(Math.min(a, b), 0, 1.5, base);
  context.fillRect(Math.max(a, b) - 1.5, 0, 1.5, base);
  if (live) {
    context.beginPath();
    context.arc(Math.max(a, b) - 3, 5, 3.5, 0, 7);
    context.fill();
  }
  context.fillStyle = color('text-3');
  context.font = '11px "Inter Variable", sans-serif';
  const ticks = Math.max(Math.floor(width / 130), 2);
  for (let i = 0; i <= ticks; i++) {
    const time = from + ((to - from) * i) / ticks;
    context.textAlign = i === 0 ? 'left' : i === ticks ? 'right' : 'center';
    const text = new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    context.fillText(text, (width * i) / ticks, height - 5);
  }
}

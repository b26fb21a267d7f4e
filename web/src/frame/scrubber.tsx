import { type PointerEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { Timeline } from '../../../src/model/api.ts';
import { quantityText, rate, share } from '../../../src/model/format.ts';
import { useApi } from '../data/use-api.ts';
import { go, isLive, type View } from '../data/view.ts';
import { type AxisMark, axisMarks, marksNear } from './axis-marks.ts';
import { type AxisSpan, drawAxis } from './axis-picture.ts';
import { momentOf } from './moments.ts';
import './scrubber.css';
import { TimeTools } from './time-tools.tsx';
import { useQuietStart } from './use-quiet-start.ts';

export { momentOf } from './moments.ts';

const lengths: readonly (readonly [string, number])[] = [
  ['5m', 300_000],
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['6h', 21_600_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
];

/** Pixels around a handle that take hold of it. */
const grip = 7;

interface Drag {
  /** What is moved: one end, the whole span, or a new span is drawn. */
  readonly what: 'from' | 'to' | 'all' | 'new';
  readonly which: 'selected' | 'before';
  readonly began: number;
  readonly from: number;
  readonly to: number;
  readonly moved: boolean;
}

/** The time below every page: how much was asked and failed, what happened, and which part is looked at. */
export function Scrubber({ view }: { view: View }): ReactNode {
  const [length, setLength] = useState('1h');
  const whole = lengths.find(([name]) => name === length)?.[1] ?? 3_600_000;
  const live = isLive(view);
  const before = beforeOf(view);
  const { from, to } = windowOf(view, length, whole, before);
  const ready = useQuietStart(view.page === 'map');
  const { data } = useApi<Timeline>(ready ? '/timeline' : undefined, { from, to, columns: 240 }, 5000);
  const canvas = useRef<HTMLCanvasElement>(null);
  const axis = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<Drag | undefined>();
  const [pointer, setPointer] = useState<number | undefined>();
  const [theme, setTheme] = useState(0);
  const [width, setWidth] = useState(0);
  const marks = useMemo(() => (data === undefined ? [] : axisMarks(data)), [data]);
  useEffect(() => {
    const again = (): void => setTheme((n) => n + 1);
    window.addEventListener('theme', again);
    const observer = new ResizeObserver((entries) => setWidth(entries[0]?.contentRect.width ?? 0));
    if (axis.current !== null) observer.observe(axis.current);
    return () => {
      window.removeEventListener('theme', again);
      observer.disconnect();
    };
  }, []);

  const shown = (which: Drag['which'], span: AxisSpan): AxisSpan =>
    drag?.which === which ? [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)] : span;
  const selected = shown('selected', [momentOf(view.from), momentOf(view.to)]);
  const compared = before === undefined && drag?.which !== 'before' ? undefined : shown('before', before ?? [0, 0]);
  // the theme and the size change what is drawn
  useEffect(() => {
    const element = canvas.current;
    if (element !== null && data !== undefined)
      drawAxis(element, { timeline: data, marks, selected, before: compared, live });
  }, [data, marks, view, drag, theme, width]);
  useTimeKeys(view);

  const span = data?.span;
  const timeAt = (x: number): number => {
    const box = axis.current?.getBoundingClientRect();
    if (box === undefined || span === undefined) return Date.now();
    const part = Math.min(Math.max((x - box.left) / box.width, 0), 1);
    return Math.round(span.from + part * (span.to - span.from));
  };
  const perPixel = span === undefined || width === 0 ? 1 : (span.to - span.from) / width;
  const take = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const began = timeAt(event.clientX);
    setDrag(event.altKey ? newDrag('before', began) : dragAt(began, selected, compared, perPixel * grip));
    setPointer(undefined);
  };
  const move = (event: PointerEvent): void => {
    const time = timeAt(event.clientX);
    if (drag === undefined) {
      if (event.pointerType === 'mouse') setPointer(time);
      return;
    }
    const by = time - drag.began;
    const moved = drag.moved || Math.abs(by) > perPixel * 3;
    if (!moved) return;
    const ends = drag.which === 'selected' ? [momentOf(view.from), momentOf(view.to)] : (before ?? [0, 0]);
    if (drag.what === 'new') setDrag({ ...drag, moved, to: time });
    else if (drag.what === 'from') setDrag({ ...drag, moved, from: time });
    else if (drag.what === 'to') setDrag({ ...drag, moved, to: time });
    else setDrag({ ...drag, moved, from: ends[0] + by, to: ends[1] + by });
  };
  const drop = (): void => {
    setDrag(undefined);
    if (drag === undefined) return;
    if (!drag.moved) {
      const near = marksNear(marks, drag.began, perPixel * 5, 1)[0];
      if (near !== undefined && near.kind !== 'loss' && near.kind !== 'appeared') aroundMark(near, selected);
      else if (drag.what === 'new') centre(drag.began, selected);
      return;
    }
    let [a, b] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    b = Math.min(b, Date.now());
    a = Math.min(a, b - 1000);
    if (drag.which === 'before') go({ before: String(Math.round(b)), more: { before_from: String(Math.round(a)) } });
    else go({ from: String(Math.round(a)), to: String(Math.round(b)) });
  };
  const spanText = live ? `last ${view.from.slice(1)}` : textOf(selected);
  return (
    <section className="scrubber" aria-label="Time">
      <div className="spans">
        <div className="row">
          <span className="now" title="What the page shows">
            {spanText}
          </span>
          <TimeTools view={view} window={span} />
        </div>
        <div className="row lengths">
          {lengths.map(([name]) => (
            <button
              key={name}
              type="button"
              className="pill"
              aria-pressed={length === name}
              title={`Show ${name} on the axis`}
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
      <div
        ref={axis}
        className="axis"
        role="slider"
        aria-busy={data === undefined}
        tabIndex={0}
        aria-label="Time. Drag to select, with Alt to select what to compare with; arrow keys step"
        aria-valuemin={Math.round((span?.from ?? 0) / 1000)}
        aria-valuemax={Math.round((span?.to ?? Date.now()) / 1000)}
        aria-valuenow={Math.round(selected[1] / 1000)}
        aria-valuetext={spanText}
        onPointerDown={take}
        onPointerMove={move}
        onPointerUp={drop}
        onPointerCancel={() => setDrag(undefined)}
        onPointerLeave={() => setPointer(undefined)}
        style={{ cursor: cursorAt(pointer, selected, compared, perPixel * grip) }}
      >
        <canvas ref={canvas} />
        {pointer !== undefined && data !== undefined && (
          <Reading timeline={data} marks={marksNear(marks, pointer, perPixel * 5)} time={pointer} width={width} />
        )}
      </div>
    </section>
  );
}

/** The span that is compared with, epoch milliseconds. */
function beforeOf(view: View): AxisSpan | undefined {
  if (view.before === '') return undefined;
  if (view.before.startsWith('-')) {
    const by = Date.now() - momentOf(view.before);
    return [momentOf(view.from) - by, momentOf(view.to) - by];
  }
  const to = Number(view.before);
  const from =
    view.more.before_from === undefined
      ? to - (momentOf(view.to) - momentOf(view.from))
      : Number(view.more.before_from);
  return [from, to];
}

/** Which part of time the axis shows: up to now, unless what is looked at lies further back. */
function windowOf(
  view: View,
  length: string,
  whole: number,
  before: AxisSpan | undefined,
): { from: string; to: string } {
  const now = Date.now();
  const first = Math.min(momentOf(view.from), before?.[0] ?? Number.POSITIVE_INFINITY);
  if (isLive(view))
    return first > now - whole ? { from: `-${length}`, to: 'now' } : { from: String(grid(first)), to: 'now' };
  const last = momentOf(view.to);
  // Paused: the past stays where it is, with the selection in it.
  const to = now - last < whole * 0.5 ? now : last + whole * 0.25;
  const end = grid(Math.min(to, now)) + 10_000;
  return { from: String(Math.min(grid(first - (last - first) * 0.1), end - whole)), to: String(end) };
}

/** Moments on a grid, so that not every step asks another question. */
function grid(time: number): number {
  return Math.floor(time / 10_000) * 10_000;
}

function newDrag(which: Drag['which'], began: number): Drag {
  return { what: 'new', which, began, from: began, to: began, moved: false };
}

/** What is taken hold of at a moment: an end, the middle, or nothing. */
function dragAt(began: number, selected: AxisSpan, before: AxisSpan | undefined, reach: number): Drag {
  for (const [which, span] of [
    ['selected', selected],
    ['before', before],
  ] as const) {
    if (span === undefined) continue;
    const [from, to] = span;
    const held = { which, began, from, to, moved: false };
    if (Math.abs(began - from) < reach) return { ...held, what: 'from' };
    if (Math.abs(began - to) < reach) return { ...held, what: 'to' };
    // Wide spans are drawn over, narrow ones are moved.
    if (began > from && began < to && to - from < reach * 30) return { ...held, what: 'all' };
  }
  return newDrag('selected', began);
}

function cursorAt(time: number | undefined, selected: AxisSpan, before: AxisSpan | undefined, reach: number): string {
  if (time === undefined) return 'crosshair';
  const { what } = dragAt(time, selected, before, reach);
  return what === 'new' ? 'crosshair' : what === 'all' ? 'grab' : 'ew-resize';
}

/** A click beside everything: the same length of time around there. */
function centre(time: number, [from, to]: AxisSpan): void {
  const end = Math.min(time + (to - from) / 2, Date.now());
  go({ from: String(Math.round(end - (to - from))), to: String(Math.round(end)) });
}

/** A click on what happened: the time after it against the same length before it. */
function aroundMark({ time }: AxisMark, [from, to]: AxisSpan): void {
  const end = Math.min(time + (to - from), Date.now());
  const length = Math.max(end - time, 1000);
  go({
    from: String(time),
    to: String(time + length),
    before: String(time),
    more: { before_from: String(time - length) },
  });
}

function useTimeKeys(view: View): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      if (event.target instanceof Element && event.target.closest('input, textarea, select, [role=grid]') !== null)
        return;
      const [a, b] = [momentOf(view.from), momentOf(view.to)];
      const step = (b - a) * (event.shiftKey ? 1 : 0.1) * (event.key === 'ArrowLeft' ? -1 : 1);
      if (b + step >= Date.now()) go({ from: `-${Math.max(Math.round((b - a) / 1000), 10)}s`, to: 'now' });
      else go({ from: String(Math.round(a + step)), to: String(Math.round(b + step)) }, true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [view]);
}

function textOf([from, to]: AxisSpan): string {
  const today = new Date().toDateString() === new Date(from).toDateString();
  const time = (ms: number): string =>
    new Date(ms).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const day = today ? '' : `${new Date(from).toLocaleDateString([], { day: 'numeric', month: 'short' })} `;
  return `${day}${time(from)} – ${time(to)}`;
}

function Reading({
  timeline,
  marks,
  time,
  width,
}: {
  timeline: Timeline;
  marks: readonly AxisMark[];
  time: number;
  width: number;
}): ReactNode {
  const { span, times, step_ms } = timeline;
  const at = Math.floor((time - (times[0] ?? 0)) / step_ms);
  const x = ((time - span.from) / (span.to - span.from)) * width;
  const style = x > width - 260 ? { right: width - x + 8 } : { left: x + 8 };
  const bad = timeline.error_ratio[at] ?? 0;
  return (
    <div className="reading" style={style}>
      <div>
        {new Date(time).toLocaleTimeString([], {
          hour: '2-digit',
          minute: '2-digit',
          second: '2-digit',
          hourCycle: 'h23',
        })}{' '}
        <span className="dim">{quantityText(rate(timeline.rate[at] ?? 0))}</span>
        {bad > 0 && <span className="bad"> {quantityText(share(bad))} failed</span>}
      </div>
      {marks.map((mark) => (
        <div key={`${mark.kind} ${mark.time} ${mark.text}`} className={`mark-${mark.kind}`}>
          <bdi>{mark.text.slice(0, 160)}</bdi>
        </div>
      ))}
      {marks.some((mark) => mark.kind !== 'loss' && mark.kind !== 'appeared') && (
        <div className="dim">click to compare before and after</div>
      )}
    </div>
  );
}

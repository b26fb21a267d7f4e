import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Heatmap } from '../../../src/model/api.ts';
import { duration, quantityText } from '../../../src/model/format.ts';
import { useApi } from '../data/use-api.ts';
import { go, isLive, replaceTerm, type View } from '../data/view.ts';
import { color } from '../frame/theme.ts';

interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Requests by time and latency. What is dragged over becomes the span and the filter. */
export function HeatMap({ view }: { view: View }): ReactNode {
  const query = { from: view.from, to: view.to, filter: view.filter, columns: 160, rows: 28 };
  const { data } = useApi<Heatmap>('/requests/heatmap', query, isLive(view) ? 2000 : 0);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [box, setBox] = useState<Box | undefined>();
  const [reading, setReading] = useState('');
  /** The cell that keys are at, and the one from which they select: column, row from the bottom. */
  const [cell, setCell] = useState<readonly [number, number] | undefined>();
  const [anchor, setAnchor] = useState<readonly [number, number] | undefined>();
  const [look, setLook] = useState(0);
  useEffect(() => {
    const again = (): void => setLook((n) => n + 1);
    window.addEventListener('theme', again);
    const observer = new ResizeObserver(again);
    if (canvas.current !== null) observer.observe(canvas.current);
    return () => {
      window.removeEventListener('theme', again);
      observer.disconnect();
    };
  }, []);
  // theme and size change what is drawn
  useEffect(() => {
    if (canvas.current !== null && data !== undefined) draw(canvas.current, data);
  }, [data, look]);

  const rows = Math.max((data?.bounds_ns.length ?? 1) - 1, 0);
  /** Where a pointer is, as shares of width and height from the top left. */
  const placeOf = (event: PointerEvent): readonly [number, number] => {
    const area = event.currentTarget.getBoundingClientRect();
    const share = (value: number): number => Math.min(Math.max(value, 0), 0.9999);
    return [share((event.clientX - area.left) / area.width), share((event.clientY - area.top) / area.height)];
  };
  const read = (x: number, y: number): void => {
    if (data === undefined || rows === 0 || data.columns === 0) return;
    const column = Math.floor(x * data.columns);
    const row = rows - 1 - Math.floor(y * rows);
    const found = data.cells.find(([c, r]) => c === column && r === row);
    const time = new Date(data.span.from + column * data.step_ms).toLocaleTimeString([], { hourCycle: 'h23' });
    const range = `${latencyText(data.bounds_ns[row])} – ${latencyText(data.bounds_ns[row + 1])}`;
    const failed = found !== undefined && found[3] > 0 ? `, ${found[3].toLocaleString()} failed` : '';
    const lost = data.losses.find(([c]) => c === column);
    const missing = lost === undefined ? '' : `, ${lost[1].toLocaleString()} records lost in this moment`;
    setReading(
      found === undefined && lost === undefined
        ? ''
        : `${time}  ${range}: ${(found?.[2] ?? 0).toLocaleString()} requests${failed}${missing}`,
    );
  };
  const choose = (area: Box, exact = false): void => {
    if (data === undefined || rows === 0) return;
    const [left, right] = [Math.min(area.x0, area.x1), Math.max(area.x0, area.x1)];
    const [top, bottom] = [Math.min(area.y0, area.y1), Math.max(area.y0, area.y1)];
    if (!exact && right - left < 0.004 && bottom - top < 0.03) return;
    const whole = data.columns * data.step_ms;
    const low = data.bounds_ns[rows - 1 - Math.floor(bottom * rows)];
    const high = data.bounds_ns[rows - Math.floor(top * rows)];
    go({
      from: String(Math.round(data.span.from + left * whole)),
      to: String(Math.round(data.span.from + right * whole)),
      filter: replaceTerm(view.filter, `latency:${filterTime(low, Math.floor)}..${filterTime(high, Math.ceil)}`),
    });
  };
  /** The box of cells between two, as shares of width and height from the top left. */
  const boxOf = (a: readonly [number, number], b: readonly [number, number]): Box | undefined =>
    data === undefined || rows === 0
      ? undefined
      : {
          x0: Math.min(a[0], b[0]) / data.columns,
          x1: Math.min((Math.max(a[0], b[0]) + 1) / data.columns, 0.9999),
          y0: Math.max(1 - (Math.max(a[1], b[1]) + 1) / rows, 0),
          y1: Math.min(1 - Math.min(a[1], b[1]) / rows, 0.9999),
        };
  const onKey = (event: KeyboardEvent): void => {
    if (data === undefined || rows === 0) return;
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    };
    const step = steps[event.key];
    const now = cell ?? [data.columns - 1, Math.floor(rows / 2)];
    if (step !== undefined) {
      const fast = event.altKey ? 10 : 1;
      const next: readonly [number, number] = [
        Math.min(Math.max(now[0] + step[0] * fast, 0), data.columns - 1),
        Math.min(Math.max(now[1] + step[1] * fast, 0), rows - 1),
      ];
      setCell(next);
      setAnchor(event.shiftKey ? (anchor ?? now) : undefined);
      read((next[0] + 0.5) / data.columns, (rows - 0.5 - next[1]) / rows);
    } else if (event.key === 'Enter' && cell !== undefined) {
      const area = boxOf(anchor ?? cell, cell);
      if (area !== undefined) choose(area, true);
    } else if (event.key === 'Escape' && cell !== undefined) {
      setCell(undefined);
      setAnchor(undefined);
      setReading('');
    } else return;
    event.preventDefault();
    event.stopPropagation();
    event.nativeEvent.stopImmediatePropagation();
  };
  const drawn = box ?? (cell === undefined ? undefined : boxOf(anchor ?? cell, cell));
  const lost = data?.losses.reduce((sum, [, count]) => sum + count, 0) ?? 0;
  const mark = rows === 0 ? [] : [rows, Math.round(rows * 0.66), Math.round(rows * 0.33), 0];
  return (
    <section className="heat" aria-label="Latency over time">
      <div className="axis" aria-hidden="true">
        {mark.map((row) => (
          <span key={row}>{latencyText(data?.bounds_ns[row])}</span>
        ))}
      </div>
      <div className="heat-area">
        {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes keys as a tool does */}
        <canvas
          ref={canvas}
          role="application"
          tabIndex={0}
          aria-label={`Heat map of requests by time and latency, ${data?.cells.reduce((sum, one) => sum + one[2], 0) ?? 0} requests. Drag to select, or arrow keys, with Shift to extend, and Enter.`}
          onKeyDown={onKey}
          onBlur={() => {
            setCell(undefined);
            setAnchor(undefined);
          }}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            const [x, y] = placeOf(event);
            setBox({ x0: x, y0: y, x1: x, y1: y });
          }}
          onPointerMove={(event) => {
            const [x, y] = placeOf(event);
            if (box !== undefined) setBox({ ...box, x1: x, y1: y });
            read(x, y);
          }}
          onPointerUp={() => {
            if (box !== undefined) choose(box);
            setBox(undefined);
          }}
          onPointerLeave={() => setReading('')}
        />
        {drawn !== undefined && (
          <div
            className="heat-box"
            style={{
              left: `${Math.min(drawn.x0, drawn.x1) * 100}%`,
              top: `${Math.min(drawn.y0, drawn.y1) * 100}%`,
              width: `${Math.abs(drawn.x1 - drawn.x0) * 100}%`,
              height: `${Math.abs(drawn.y1 - drawn.y0) * 100}%`,
            }}
          />
        )}
        {lost > 0 && (
          <span className="heat-reading lost">
            hatched: {lost.toLocaleString()} records were lost
            <span className="wide-only">, not all requests are here</span>
          </span>
        )}
        {data !== undefined && data.cells.length === 0 && (
          <span className="heat-none dim">no latencies in this span</span>
        )}
        {reading !== '' && (
          <span className="heat-reading" role="status">
            {reading}
          </span>
        )}
      </div>
    </section>
  );
}

function latencyText(ns: number | undefined): string {
  return ns === undefined ? '' : quantityText(duration(ns));
}

/** A latency as the filter language takes it, rounded outwards. */
function filterTime(ns: number, round: (value: number) => number): string {
  if (ns >= 1e9) return `${round(ns / 1e7) / 100}s`;
  if (ns >= 1e6) return `${round(ns / 1e4) / 100}ms`;
  return `${round(ns / 10) / 100}us`;
}

function draw(canvas: HTMLCanvasElement, data: Heatmap): void {
  const ratio = window.devicePixelRatio;
  const area = canvas.getBoundingClientRect();
  canvas.width = Math.max(Math.round(area.width * ratio), 1);
  canvas.height = Math.max(Math.round(area.height * ratio), 1);
  const context = canvas.getContext('2d');
  const rows = data.bounds_ns.length - 1;
  if (context === null || data.columns === 0) return;
  const wide = canvas.width / data.columns;
  hatch(context, data, wide, ratio);
  if (rows <= 0) return;
  const tall = canvas.height / rows;
  const most = Math.log1p(data.cells.reduce((max, cell) => Math.max(max, cell[2]), 1));
  const [usual, error] = [color('slow'), color('error')];
  for (const [column, row, requests, errors] of data.cells) {
    const x = Math.round(column * wide);
    const y = Math.round((rows - 1 - row) * tall);
    const w = Math.max(Math.round((column + 1) * wide) - x, 1);
    const h = Math.max(Math.round((rows - row) * tall) - y, 1);
    context.globalAlpha = 0.22 + 0.78 * (Math.log1p(requests) / most);
    context.fillStyle = usual;
    context.fillRect(x, y, w, h);
    if (errors === 0) continue;
    // Failed ones fill their share of the cell from below: told by shape as well as by colour. Single ones among many are a notch.
    const share = errors / requests;
    context.fillStyle = error;
    if (share < 0.02) {
      context.globalAlpha = 0.55;
      const notch = Math.max(Math.min(w * 0.3, 3 * ratio), ratio);
      context.fillRect(x + (w - notch) / 2, y + h - Math.min(h, 1.5 * ratio), notch, Math.min(h, 1.5 * ratio));
      continue;
    }
    const bad = Math.max(h * share, Math.min(h, 2 * ratio));
    context.globalAlpha = 1;
    context.fillRect(x, y + h - bad, w, bad);
  }
}

/** Columns in which something was lost. */
function hatch(context: CanvasRenderingContext2D, data: Heatmap, wide: number, ratio: number): void {
  const { height } = context.canvas;
  const step = 6 * ratio;
  context.save();
  context.strokeStyle = color('error');
  context.globalAlpha = 0.45;
  context.lineWidth = ratio;
  for (const [column] of data.losses) {
    const x = column * wide;
    context.save();
    context.beginPath();
    context.rect(x, 0, Math.max(wide, 2 * ratio), height);
    context.clip();
    context.beginPath();
    for (let y = -wide; y < height + step; y += step) {
      context.moveTo(x, y + wide + step);
      context.lineTo(x + wide + step, y);
    }
    context.stroke();
    context.restore();
  }
  context.restore();
}

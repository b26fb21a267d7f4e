import { type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react';
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
    const cell = data.cells.find(([c, r]) => c === column && r === row);
    const time = new Date(data.span.from + column * data.step_ms).toLocaleTimeString([], { hourCycle: 'h23' });
    const range = `${latencyText(data.bounds_ns[row])} – ${latencyText(data.bounds_ns[row + 1])}`;
    const failed = cell !== undefined && cell[3] > 0 ? `, ${cell[3].toLocaleString()} failed` : '';
    setReading(cell === undefined ? '' : `${time}  ${range}: ${cell[2].toLocaleString()} requests${failed}`);
  };
  const choose = (area: Box): void => {
    if (data === undefined || rows === 0) return;
    const [left, right] = [Math.min(area.x0, area.x1), Math.max(area.x0, area.x1)];
    const [top, bottom] = [Math.min(area.y0, area.y1), Math.max(area.y0, area.y1)];
    if (right - left < 0.004 && bottom - top < 0.03) return;
    const whole = data.columns * data.step_ms;
    const low = data.bounds_ns[rows - 1 - Math.floor(bottom * rows)];
    const high = data.bounds_ns[rows - Math.floor(top * rows)];
    go({
      from: String(Math.round(data.span.from + left * whole)),
      to: String(Math.round(data.span.from + right * whole)),
      filter: replaceTerm(view.filter, `latency:${filterTime(low, Math.floor)}..${filterTime(high, Math.ceil)}`),
    });
  };
  const mark = rows === 0 ? [] : [rows, Math.round(rows * 0.66), Math.round(rows * 0.33), 0];
  return (
    <section className="heat" aria-label="Latency over time">
      <div className="axis" aria-hidden="true">
        {mark.map((row) => (
          <span key={row}>{latencyText(data?.bounds_ns[row])}</span>
        ))}
      </div>
      <div className="heat-area">
        <canvas
          ref={canvas}
          role="img"
          aria-label={`Heat map of requests by time and latency, ${data?.cells.reduce((sum, cell) => sum + cell[2], 0) ?? 0} requests. Drag to select; the filter's latency term does the same.`}
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
        {box !== undefined && (
          <div
            className="heat-box"
            style={{
              left: `${Math.min(box.x0, box.x1) * 100}%`,
              top: `${Math.min(box.y0, box.y1) * 100}%`,
              width: `${Math.abs(box.x1 - box.x0) * 100}%`,
              height: `${Math.abs(box.y1 - box.y0) * 100}%`,
            }}
          />
        )}
        {data !== undefined && data.cells.length === 0 && (
          <span className="heat-none dim">no latencies in this span</span>
        )}
        {reading !== '' && <span className="heat-reading">{reading}</span>}
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
  if (context === null || rows <= 0 || data.columns === 0) return;
  const wide = canvas.width / data.columns;
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
    // Failed ones fill their share of the cell from below: told by shape as well as by colour.
    const bad = Math.max((h * errors) / requests, Math.min(h, 2 * ratio));
    context.globalAlpha = 1;
    context.fillStyle = error;
    context.fillRect(x, y + h - bad, w, bad);
  }
}

import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type Quantity, quantityText } from '../../../src/model/format.ts';
import { color } from '../frame/theme.ts';

/** One line of a chart. */
export interface ChartLine {
  readonly label: string;
  readonly role: string;
  readonly values: readonly (number | null)[];
}

const cross: uPlot.Cursor.Sync = { key: 'wirelight', setSeries: false };

/** A small chart over time; all charts of a page share one crosshair. `show` writes a value with its unit. */
export function Chart({
  title,
  times,
  lines,
  show,
}: {
  title: string;
  times: readonly number[];
  lines: readonly ChartLine[];
  show: (value: number) => Quantity;
}): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const reading = useRef<HTMLSpanElement>(null);
  const key = lines.map((line) => line.label + line.role).join();
  // the data come by setData below
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const build = (): void => {
      plot.current?.destroy();
      const text = color('text-3');
      const grid = color('line');
      const axis: uPlot.Axis = {
        stroke: text,
        grid: { stroke: grid, width: 0.5 },
        ticks: { show: false },
        font: '11px Inter Variable',
      };
      plot.current = new uPlot(
        {
          width: element.clientWidth,
          height: 86,
          padding: [10, 4, 0, 0],
          cursor: { sync: cross, y: false, points: { size: 5 } },
          legend: { show: false },
          scales: { x: { time: true }, y: { range: (_u, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
          axes: [
            { ...axis, size: 18, gap: 2, grid: { show: false }, space: 70, values: (_u, splits) => splits.map(clock) },
            { ...axis, size: 54, gap: 4, space: 26, values: (_u, splits) => splits.map((v) => quantityText(show(v))) },
          ],
          series: [
            {},
            ...lines.map((line) => ({
              stroke: color(line.role),
              width: 1.4,
              label: line.label,
              points: { show: false },
            })),
          ],
          hooks: {
            setCursor: [
              (u) => {
                const at = u.cursor.idx;
                if (reading.current === null) return;
                reading.current.textContent =
                  at === null || at === undefined
                    ? ''
                    : lines
                        .map((line, i) => {
                          const value = u.data[i + 1]?.[at];
                          return value === null || value === undefined
                            ? ''
                            : `${line.label} ${quantityText(show(value))}`;
                        })
                        .filter((t) => t !== '')
                        .join('  ');
              },
            ],
          },
        },
        [times.map((t) => t / 1000), ...lines.map((line) => [...line.values])] as uPlot.AlignedData,
        element,
      );
    };
    build();
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: 86 }));
    resize.observe(element);
    window.addEventListener('theme', build);
    return () => {
      window.removeEventListener('theme', build);
      resize.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [key]);
  useEffect(() => {
    plot.current?.setData([times.map((t) => t / 1000), ...lines.map((line) => [...line.values])] as uPlot.AlignedData);
  }, [times, lines]);
  return (
    <figure style={{ margin: '0 0 10px' }}>
      <figcaption style={{ display: 'flex', fontSize: 12 }} className="dim">
        <span style={{ flex: 1 }}>{title}</span>
        <span ref={reading} />
      </figcaption>
      <div ref={place} role="img" aria-label={title} />
    </figure>
  );
}

/** Seconds since the epoch as the time of day; as the day where it begins. */
function clock(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0)
    return date.toLocaleDateString([], { day: 'numeric', month: 'short' });
  const second = date.getSeconds() === 0 ? {} : ({ second: '2-digit' } as const);
  return date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', ...second, hourCycle: 'h23' });
}

import type { Timeline } from '../../../src/model/api.ts';
import type { AxisMark } from './axis-marks.ts';
import { color } from './theme.ts';

export type AxisSpan = readonly [from: number, to: number];

/** What is drawn on the axis of time. */
export interface AxisPicture {
  readonly timeline: Timeline;
  readonly marks: readonly AxisMark[];
  readonly selected: AxisSpan;
  /** The span that is compared with. */
  readonly before: AxisSpan | undefined;
  readonly live: boolean;
}

const foot = 18;
const face = '11px "Inter Variable", sans-serif';

/** Draws requests and failures over time, what happened, and which part is looked at. */
export function drawAxis(canvas: HTMLCanvasElement, picture: AxisPicture): void {
  const ratio = window.devicePixelRatio;
  const { width, height } = canvas.getBoundingClientRect();
  canvas.width = Math.max(Math.round(width * ratio), 1);
  canvas.height = Math.max(Math.round(height * ratio), 1);
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(ratio, ratio);
  const { timeline } = picture;
  const base = height - foot;
  const { from, to } = timeline.span;
  const x = (time: number): number => ((time - from) / (to - from)) * width;

  notKept(context, timeline, x, base);
  for (const mark of picture.marks) if (mark.kind === 'incident') incident(context, mark, x, base, width);
  bars(context, timeline, x, base, (width * timeline.step_ms) / (to - from));
  if (picture.before !== undefined) band(context, picture.before.map(x), base, 'new');
  band(context, picture.selected.map(x), base, 'accent');
  if (picture.live) {
    context.fillStyle = color('accent');
    context.beginPath();
    context.arc(x(picture.selected[1]) - 4, 5, 3.5, 0, 7);
    context.fill();
  }
  moments(context, picture.marks, x, base);
  ticks(context, from, to, width, height);
}

function bars(
  context: CanvasRenderingContext2D,
  timeline: Timeline,
  x: (time: number) => number,
  base: number,
  step: number,
): void {
  const top = Math.max(...timeline.rate, 1e-9);
  const [plain, error] = [color('text-3'), color('error')];
  for (const [i, time] of timeline.times.entries()) {
    const rate = timeline.rate[i] ?? 0;
    const left = x(time);
    const wide = Math.max(step - 1, 1);
    if (rate > 0) {
      // The root lets quiet times be seen beside busy ones.
      const tall = Math.max(Math.sqrt(rate / top) * (base - 12), 1.5);
      const bad = tall * (timeline.error_ratio[i] ?? 0);
      context.globalAlpha = 0.7;
      context.fillStyle = plain;
      context.fillRect(left, base - tall, wide, tall - bad);
      context.globalAlpha = 1;
      context.fillStyle = error;
      if (bad > 0) context.fillRect(left, base - Math.max(bad, 2), wide, Math.max(bad, 2));
    }
    if ((timeline.losses[i] ?? 0) > 0) hatch(context, left, left + Math.max(step, 3), base, error, 0.6);
  }
}

/** Before the first thing that is kept there is nothing to be seen, and the axis says so. */
function notKept(
  context: CanvasRenderingContext2D,
  { retained, span }: Timeline,
  x: (time: number) => number,
  base: number,
): void {
  const until = Math.min(retained === null ? span.to : Math.max(retained.from, span.from), span.to);
  const wide = x(until);
  if (wide < 4) return;
  hatch(context, 0, wide, base, color('line'), 0.8, 9);
  const text = retained === null ? 'nothing was seen yet' : 'before anything was kept';
  context.font = face;
  const w = context.measureText(text).width;
  if (wide < w + 24) return;
  context.fillStyle = color('surface-0');
  context.fillRect(wide / 2 - w / 2 - 6, base / 2 - 9, w + 12, 18);
  context.fillStyle = color('text-3');
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, wide / 2, base / 2);
  context.textBaseline = 'alphabetic';
}

function hatch(
  context: CanvasRenderingContext2D,
  left: number,
  right: number,
  base: number,
  ink: string,
  opacity: number,
  gap = 6,
): void {
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, base);
  context.clip();
  context.strokeStyle = ink;
  context.globalAlpha = opacity;
  context.beginPath();
  for (let at = left - base; at < right; at += gap) {
    context.moveTo(at, base);
    context.lineTo(at + base, 0);
  }
  context.stroke();
  context.restore();
}

function incident(
  context: CanvasRenderingContext2D,
  mark: AxisMark,
  x: (time: number) => number,
  base: number,
  width: number,
): void {
  const left = Math.max(x(mark.time), 0);
  const right = mark.until === null ? width : Math.max(x(mark.until), left + 3);
  context.fillStyle = color('error-soft');
  context.fillRect(left, 0, right - left, base);
  context.fillStyle = color('error');
  context.fillRect(left, 0, right - left, 2);
}

function band(
  context: CanvasRenderingContext2D,
  [a, b]: readonly number[],
  base: number,
  role: 'accent' | 'new',
): void {
  const [left, right] = [Math.min(a, b), Math.max(a, b)];
  const ink = color(role);
  context.globalAlpha = 0.15;
  context.fillStyle = ink;
  context.fillRect(left, 0, Math.max(right - left, 2), base);
  context.globalAlpha = 1;
  context.fillRect(left, 0, 1.5, base);
  context.fillRect(right - 1.5, 0, 1.5, base);
  // Handles to be taken hold of.
  context.beginPath();
  context.roundRect(left - 2, base / 2 - 9, 5, 18, 2.5);
  context.roundRect(right - 3, base / 2 - 9, 5, 18, 2.5);
  context.fill();
}

/** Changes are diamonds, new versions triangles, what appeared short ticks: form says it as well as colour. */
function moments(
  context: CanvasRenderingContext2D,
  marks: readonly AxisMark[],
  x: (time: number) => number,
  base: number,
): void {
  const ink = color('new');
  for (const mark of marks) {
    const at = x(mark.time);
    context.fillStyle = ink;
    if (mark.kind === 'appeared') {
      context.globalAlpha = 0.75;
      context.fillRect(at - 0.5, base - 6, 1.5, 6);
      context.globalAlpha = 1;
      continue;
    }
    if (mark.kind !== 'change' && mark.kind !== 'version') continue;
    context.globalAlpha = 0.5;
    context.fillRect(at - 0.5, 8, 1, base - 8);
    context.globalAlpha = 1;
    context.beginPath();
    context.moveTo(at, mark.kind === 'change' ? 1 : 2);
    context.lineTo(at + 4.5, mark.kind === 'change' ? 6 : 10);
    if (mark.kind === 'change') context.lineTo(at, 11);
    context.lineTo(at - 4.5, mark.kind === 'change' ? 6 : 10);
    context.fill();
  }
}

function ticks(context: CanvasRenderingContext2D, from: number, to: number, width: number, height: number): void {
  context.fillStyle = color('text-3');
  context.font = face;
  context.textBaseline = 'alphabetic';
  const long = to - from > 36 * 3_600_000;
  const steps = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000];
  const room = long ? 96 : 72;
  const step = (steps.find((one) => ((one * 1000) / (to - from)) * width >= room) ?? 2_592_000) * 1000;
  const zone = new Date(from).getTimezoneOffset() * 60_000;
  for (let time = Math.ceil((from - zone) / step) * step + zone; time <= to; time += step) {
    const at = ((time - from) / (to - from)) * width;
    const text = new Date(time).toLocaleString([], {
      ...(long ? { day: 'numeric', month: 'short' } : {}),
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    const half = context.measureText(text).width / 2;
    if (at < half + 2 || at > width - half - 2) continue;
    context.textAlign = 'center';
    context.fillText(text, at, height - 5);
    context.globalAlpha = 0.5;
    context.fillRect(at, height - foot, 1, 4);
    context.globalAlpha = 1;
  }
}

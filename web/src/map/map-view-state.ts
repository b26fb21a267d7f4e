/** How the map is looked at, out of the address. */
import type { View } from '../data/view.ts';
import { momentOf } from '../frame/moments.ts';
import type { MapQuestion } from './messages.ts';
import { type MeasureName, measureNames } from './scene/golden.ts';
import { type Direction, directions, type HullName, hullNames, type Look } from './scene/look.ts';

const chosen = <T extends string>(text: string | undefined, all: readonly T[], otherwise: T): T =>
  all.find((one) => one === text) ?? otherwise;

/** Reads a {@link Look}. */
export function lookOf(view: View): Look {
  const { more } = view;
  return {
    width: chosen<MeasureName>(more.width, measureNames, 'rate'),
    colour: chosen<MeasureName>(more.colour, measureNames, 'p95'),
    hull: chosen<HullName | 'auto'>(more.hull, [...hullNames, 'auto'], 'auto'),
    collapsed: collapsedOf(view),
    focus: more.focus ?? '',
    depth: Math.min(Math.max(Math.round(Number(more.depth ?? '2')) || 2, 1), 9),
    direction: chosen<Direction>(more.way, directions, 'both'),
    selected: /^(?:node|edge):(.*)$/s.exec(view.selected)?.[1] ?? '',
    find: more.find ?? '',
    sideBySide: more.side === 'yes',
  };
}

/** Keys of collapsed hulls. */
export function collapsedOf(view: View): string[] {
  return (view.more.closed ?? '')
    .split(',')
    .filter((key) => key !== '')
    .map(decodeURIComponent);
}

/** The same as they stand in the address. */
export function closedText(keys: readonly string[]): string {
  return keys.map((key) => encodeURIComponent(key)).join(',');
}

/**
 * What to ask the server. Where the span follows the present the one before follows it too; `before` is its end: a
 * moment, or how much earlier than the span itself.
 */
export function questionOf(view: View): MapQuestion {
  const { from, to, filter, group, before } = view;
  return {
    from,
    to,
    filter,
    group,
    before: before === '' ? undefined : beforeSpan(from, to, before, view.more.before_from),
  };
}

function beforeSpan(
  from: string,
  to: string,
  before: string,
  beforeFrom: string | undefined,
): { from: string; to: string } {
  const shift = /^-(\d+)([smhd])$/.exec(before);
  if (shift === null) {
    const end = Number(before);
    const length = momentOf(to) - momentOf(from);
    return { from: beforeFrom ?? String(Math.round(end - length)), to: String(end) };
  }
  const seconds = Math.round((Date.now() - momentOf(before)) / 1000);
  if (to !== 'now') return { from: String(momentOf(from) - seconds * 1000), to: String(momentOf(to) - seconds * 1000) };
  const length = Math.round((Date.now() - momentOf(from)) / 1000);
  return { from: `-${length + seconds}s`, to: `-${seconds}s` };
}

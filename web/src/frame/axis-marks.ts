import type { Timeline } from '../../../src/model/api.ts';

/** Something on the axis of time. */
export interface AxisMark {
  readonly time: number;
  /** Null while it goes on; `time` where it is a moment. */
  readonly until: number | null;
  readonly kind: 'change' | 'version' | 'appeared' | 'incident' | 'loss';
  readonly text: string;
}

/** All that is marked, the most telling last, so that it lies on top. */
export function axisMarks(timeline: Timeline): AxisMark[] {
  const moment = (time: number, kind: AxisMark['kind'], text: string): AxisMark => ({ time, until: time, kind, text });
  const step = timeline.step_ms;
  return [
    ...timeline.losses.flatMap((lost, i): AxisMark[] =>
      lost > 0
        ? [
            {
              time: timeline.times[i],
              until: timeline.times[i] + step,
              kind: 'loss',
              text: `${lost.toLocaleString()} lost: the picture is not complete here`,
            },
          ]
        : [],
    ),
    ...timeline.marks
      .filter((mark) => mark.kind === 'appeared')
      .map((mark) =>
        moment(
          mark.time,
          'appeared',
          `${mark.entity_name}: ${mark.count === 1 ? 'an instance' : `${mark.count} instances`} seen for the first time`,
        ),
      ),
    ...timeline.marks
      .filter((mark) => mark.kind === 'version')
      .map((mark) => moment(mark.time, 'version', `${mark.entity_name}: ${mark.before} → ${mark.after}`)),
    ...timeline.changes.map((change) =>
      moment(
        Date.parse(change.time),
        'change',
        [
          change.entity_name,
          change.title,
          change.before !== '' && change.after !== '' ? `${change.before} → ${change.after}` : '',
        ]
          .filter((part) => part !== '')
          .join(': '),
      ),
    ),
    ...timeline.incidents.map(
      (incident): AxisMark => ({
        time: incident.opened,
        until: incident.closed,
        kind: 'incident',
        text: `${incident.severity}: ${incident.title}`,
      }),
    ),
  ];
}

/** Marks within reach of a moment, at most so many, the nearest first. */
export function marksNear(marks: readonly AxisMark[], time: number, reach: number, most = 6): AxisMark[] {
  const away = (mark: AxisMark): number =>
    time < mark.time ? mark.time - time : mark.until !== null && time > mark.until ? time - mark.until : 0;
  return marks
    .filter((mark) => away(mark) <= reach)
    .sort((a, b) => away(a) - away(b))
    .slice(0, most);
}

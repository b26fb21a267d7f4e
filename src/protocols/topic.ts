/**
 * Names of topics, subjects and routing keys with the ids taken out, so that `orders.4711.created` and `orders.4712.created`
 * are one destination, `orders.{id}.created`.
 */
import { Interner } from './interner.ts';
import { segmentTemplate } from './template.ts';

const mostLevels = 16;

/** A topic with each level that is an id, a hash, a date, ... replaced as in route templates. */
export function topicTemplate(topic: string, separator: string): string {
  const levels = topic.split(separator);
  let template = segmentTemplate(levels[0]);
  for (let i = 1; i < levels.length; i++) {
    if (i === mostLevels) return `${template}${separator}{...}`;
    template += separator + segmentTemplate(levels[i]);
  }
  return template;
}

/** A cache of topics whose `derived` text is the template. */
export function topicInterner(slots: number, separator: string): Interner {
  return new Interner(slots, { derive: (topic) => topicTemplate(topic, separator) });
}

import { ByteCache } from '../byte-cache.ts';
import { u16be } from '../byte-reader.ts';
import { templateOf } from '../template.ts';
import { typeName } from './names.ts';
import { HEADER, readName, skipName } from './wire.ts';

/** What is asked, worked out once for all messages that ask the same. */
export interface Question {
  /** Lower-case, without the final dot; '.' for the root. */
  readonly name: string;
  /** The name with its ids and addresses replaced: few distinct values. */
  readonly template: string;
  /** 'A', 'AAAA', ... */
  readonly type: string;
  readonly typeCode: number;
  /** Who asked this last, under which id and when (nanoseconds), and whether an answer came: so that retries are seen. */
  asker: string;
  askedAs: number;
  asked: number;
  answered: boolean;
}

/** Questions seen lately on this host, by the bytes of name, type and class as they are on the wire. */
export const questions: ByteCache<Question> = new ByteCache(2048, questionOf, 260);

function questionOf(key: Uint8Array): Question {
  const name = readName(key, -HEADER, 0, key.length);
  const typeCode = u16be(key, skipName(key, 0, key.length));
  return {
    name,
    template: nameTemplate(name),
    type: typeName(typeCode),
    typeCode,
    asker: '',
    askedAs: -1,
    asked: 0,
    answered: true,
  };
}

/**
 * The template of a name: reverse lookups by what they look up, and each label by the rules for path segments.
 *
 * @example
 * nameTemplate('4.3.2.1.in-addr.arpa'); // '{ip}.in-addr.arpa'
 * nameTemplate('10-1-2-3.default.pod.cluster.local'); // '{ip}.default.pod.cluster.local'
 */
export function nameTemplate(name: string): string {
  if (name.endsWith('.in-addr.arpa')) return '{ip}.in-addr.arpa';
  if (name.endsWith('.ip6.arpa')) return '{ip}.ip6.arpa';
  return name
    .split('.')
    .map((label) => (/^(?:ip-)?\d{1,3}(?:-\d{1,3}){3}$/.test(label) ? '{ip}' : templateOf(label)))
    .join('.');
}

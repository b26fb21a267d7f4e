/**
 * Layouts compiled for one version, so that a message is read by walking a short list of numbers: pairs of an operation and
 * its operand. Runs of fields without meaning become one step, and nothing is read behind the last field that means something.
 */

/** Operations. The operand is given in brackets. */
export const Op = {
  /** [bytes] */
  skip: 0,
  /** String with a length of two bytes [meaning]. */
  string: 1,
  /** String with a compact length [meaning]. */
  compactString: 2,
  /** Bytes with a length of four bytes [meaning]. */
  bytes: 3,
  compactBytes: 4,
  /** Array with a count of four bytes; its body follows [index after the body]. */
  array: 5,
  compactArray: 6,
  /** Array of elements of fixed size [bytes of each]. */
  fixedArray: 7,
  compactFixedArray: 8,
  /** Structure that may be absent; its body follows [index after the body]. */
  option: 9,
  /** Two bytes that mean something [meaning]. */
  int16: 10,
  /** Four bytes that mean something [meaning]. */
  int32: 11,
  /** Topic id [0]. */
  uuid: 12,
  /** Tagged fields [0]. */
  tags: 13,
} as const;

/** The letters of layouts as numbers. */
export const Meaning = {
  none: 0,
  topic: 1,
  topicId: 2,
  partition: 3,
  error: 4,
  group: 5,
  transaction: 6,
  name: 7,
  acks: 8,
  maxWait: 9,
  records: 10,
  software: 11,
  softwareVersion: 12,
} as const;
const letters = ' TIPEGXNAWRSV';

/** A compiled layout. */
export type Program = readonly number[];

interface Token {
  readonly text: string;
  readonly meaning: number;
}

function includes(range: string, version: number): boolean {
  const [from, to] = range.endsWith('+')
    ? [range.slice(0, -1), '999']
    : range.includes('-')
      ? range.split('-')
      : [range, range];
  return version >= Number(from) && version <= Number(to);
}

/** Compiles a layout (see layouts.ts) for a version. */
export function compile(layout: string, version: number, flexible: boolean): Program {
  const words = layout.split(' ').filter((word) => word !== '');
  const program: number[] = [];
  let at = 0;

  const token = (word: string): Token => {
    const [text, letter] = word.split('=');
    return { text, meaning: letter === undefined ? 0 : letters.indexOf(letter) };
  };
  /** Index before which nothing may be merged with: bodies end there. */
  let fence = 0;
  const skip = (bytes: number) => {
    if (program.length - 2 >= fence && program[program.length - 2] === Op.skip) program[program.length - 1] += bytes;
    else program.push(Op.skip, bytes);
  };
  /** Compiles fields up to the closing bracket. */
  const list = (isStruct: boolean, applies: boolean): void => {
    fence = program.length;
    while (at < words.length) {
      let word = words[at++];
      if (word === ']' || word === ')' || word === '}') {
        if (isStruct && applies && flexible) program.push(Op.tags, 0);
        fence = program.length;
        return;
      }
      let has = applies;
      const colon = word.indexOf(':');
      if (colon > 0) {
        has = applies && includes(word.slice(0, colon), version);
        word = word.slice(colon + 1);
      }
      const { text, meaning } = token(word);
      const before = program.length;
      if (text === '[' || text === '{') {
        program.push(flexible ? Op.compactArray : Op.array, 0);
        list(text === '[', has);
        const body = program.slice(before + 2);
        if (body.length === 2 && body[0] === Op.skip) {
          program.length = before;
          program.push(flexible ? Op.compactFixedArray : Op.fixedArray, body[1]);
        } else program[before + 1] = program.length;
      } else if (text === '(') list(true, has);
      else if (text === '?(') {
        program.push(Op.option, 0);
        list(true, has);
        program[before + 1] = program.length;
      } else if (has) field(text, meaning);
      if (!has) program.length = before;
    }
  };
  const field = (text: string, meaning: number) => {
    const compact = flexible && !text.startsWith('!');
    const type = text.replace('!', '');
    if (type === 's') program.push(compact ? Op.compactString : Op.string, meaning);
    else if (type === 'b' || type === 'r') program.push(compact ? Op.compactBytes : Op.bytes, meaning);
    else if (meaning === Meaning.topicId) program.push(Op.uuid, 0);
    else if (meaning === 0) skip(Number(type));
    else program.push(type === '2' ? Op.int16 : Op.int32, meaning);
  };
  list(false, true);
  return trimmed(program);
}

/** Without what follows the last step that means something, at the top level. */
function trimmed(program: number[]): Program {
  const means = (from: number, to: number): boolean => {
    for (let i = from; i < to; i += 2) {
      const op = program[i];
      if (op === Op.uuid || op === Op.int16 || op === Op.int32) return true;
      if (
        (op === Op.string || op === Op.compactString || op === Op.bytes || op === Op.compactBytes) &&
        program[i + 1] > 0
      )
        return true;
    }
    return false;
  };
  let end = 0;
  for (let i = 0; i < program.length; ) {
    const hasBody = program[i] === Op.array || program[i] === Op.compactArray || program[i] === Op.option;
    const next = hasBody ? program[i + 1] : i + 2;
    if (means(i, next)) end = next;
    i = next;
  }
  return program.slice(0, end);
}

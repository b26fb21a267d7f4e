/**
 * What holds for every protocol whatever is cut, lost or wrong, checked on a real conversation. Each function gives the
 * violations that it found, in words; none is as it should be. Tests and the fuzzer use them.
 */
import { type RequestFields, RequestFlag } from '../model/request.ts';
import type { Protocol } from './protocol.ts';
import { cutAt, inPiecesOf, type Piece, type Run, type RunOptions, runSession, type Sample } from './testing.ts';

/** Most pending requests that a session may hold, whatever it is fed. */
const mostPending = 20_000;

function run(protocol: Protocol, sample: Sample, pieces: readonly Piece[], how: RunOptions = {}): Run {
  return runSession(protocol, pieces, { transport: sample.transport, serverPort: sample.serverPort, ...how });
}

/** What a request says, without its times. */
function meaningOf(r: Readonly<RequestFields>): string {
  return [r.protocol, r.method, r.target, r.authority, r.outcome, r.code, r.codeText, r.requestBytes, r.responseBytes]
    .concat([r.flags, r.traceId, r.correlationId, r.userAgent, ...r.attributes])
    .join(' ');
}

/** The same by their times alone. */
function timesOf(r: Readonly<RequestFields>): string {
  return `from ${r.start} to ${r.end}`;
}

/** Which request was paired with which response. */
function pairingOf(r: Readonly<RequestFields>): string {
  return `${r.protocol} ${r.method} from ${r.start} to ${r.end} outcome ${r.outcome}`;
}

function missing(wanted: readonly string[], found: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const text of found) left.set(text, (left.get(text) ?? 0) + 1);
  return wanted.filter((text) => {
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  });
}

/** However a stream is cut into chunks, the same requests come out of it. */
export function changedByChunks(protocol: Protocol, sample: Sample, step = 1): string[] {
  const truth = run(protocol, sample, sample.pieces).requests.map(meaningOf);
  const differs = (pieces: readonly Piece[], how: string) => {
    const found = run(protocol, sample, pieces).requests.map(meaningOf);
    const gone = missing(truth, found);
    const added = missing(found, truth);
    return gone.length + added.length === 0 ? [] : [`${how}: without ${gone.join('; ')}, with ${added.join('; ')}`];
  };
  const violations = [1, 2, 3, 7, 64, 500].flatMap((size) =>
    differs(inPiecesOf(sample.pieces, size), `${sample.name}, in pieces of ${size}`),
  );
  for (let index = 0; index < sample.pieces.length; index++) {
    for (let at = 1; at < sample.pieces[index].bytes.length; at += step) {
      violations.push(...differs(cutAt(sample.pieces, index, at), `${sample.name}, piece ${index} cut at ${at}`));
    }
  }
  return violations;
}

/** Options of {@link brokenByGaps}. */
export interface GapOptions {
  /** Bytes between the places where a piece is cut short. */
  readonly step?: number;
  /** Pieces after a gap until all is known again. */
  readonly recovery?: number;
  /**
   * False where names and codes may be missing long after a gap, because messages refer to what was said before (HPACK):
   * of later requests only the times are then held against the truth, which still tell what was paired with what.
   */
  readonly named?: boolean;
}

/**
 * Whatever piece is cut short or lost: each request that is said to be wholly seen was so in truth, and those that begin a
 * little after the gap are paired as if nothing had happened.
 */
export function brokenByGaps(protocol: Protocol, sample: Sample, options: GapOptions = {}): string[] {
  const { step = 1, recovery = 1, named = true } = options;
  const { pieces } = sample;
  const truth = run(protocol, sample, pieces).requests;
  const truthPairs = truth.map(pairingOf);
  const timeOf = (index: number) => 1_000 * (index + 2);
  const violations: string[] = [];
  const check = (gapped: readonly Piece[], index: number, how: string) => {
    const { requests } = run(protocol, sample, gapped);
    const sure = requests.filter((r) => (r.flags & RequestFlag.partial) === 0).map(pairingOf);
    for (const wrong of missing(sure, truthPairs)) violations.push(`${sample.name}, ${how}: made up ${wrong}`);
    const say = named ? pairingOf : timesOf;
    const later = truth.filter((r) => r.start >= timeOf(index + recovery)).map(say);
    const found = requests.map(say);
    for (const gone of missing(later, found)) violations.push(`${sample.name}, ${how}: missed ${gone}`);
  };
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces[index];
    const replaced = (other: Piece) => pieces.map((p, i) => (i === index ? other : p));
    for (let at = 0; at < piece.bytes.length; at += step) {
      const short = { ...piece, bytes: piece.bytes.subarray(0, at), skipped: piece.bytes.length - at };
      check(replaced(short), index, `piece ${index} captured up to ${at}`);
    }
    for (const bytes of [piece.bytes.length, -1]) {
      const gone = { from: piece.from, bytes: new Uint8Array(0), lost: bytes };
      check(replaced(gone), index, `piece ${index} lost (${bytes})`);
    }
  }
  return violations;
}

/** Joined in the middle, nothing is made up. */
export function brokenByJoining(protocol: Protocol, sample: Sample): string[] {
  const truth = run(protocol, sample, sample.pieces).requests.map(pairingOf);
  return sample.pieces.flatMap((_, first) => {
    const later = sample.pieces.map((piece, i) => ({ ...piece, time: 1_000 * (i + 2) })).slice(first);
    const { requests } = run(protocol, sample, later, { fromTheBeginning: false });
    const sure = requests.filter((r) => (r.flags & RequestFlag.partial) === 0).map(pairingOf);
    return missing(sure, truth).map((wrong) => `${sample.name}, joined at piece ${first}: made up ${wrong}`);
  });
}

/** A small generator of numbers (mulberry32), so that a failure can be repeated by its seed. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** A conversation with bytes changed, removed, repeated, skipped and lost, as `seed` has it. */
export function mutated(pieces: readonly Piece[], seed: number): Piece[] {
  const random = randomOf(seed);
  const result: Piece[] = [];
  for (const piece of pieces) {
    const bytes = new Uint8Array(piece.bytes);
    for (let changes = random(4); changes > 0 && bytes.length > 0; changes--) {
      bytes[random(bytes.length)] = random(3) === 0 ? [0, 0x7f, 0x80, 0xff][random(4)] : random(256);
    }
    const cut = random(6) === 0 ? random(bytes.length + 1) : bytes.length;
    const skipped = random(5) === 0 ? random(5_000) : bytes.length - cut;
    switch (random(12)) {
      case 0:
        result.push({ from: piece.from, bytes: new Uint8Array(0), lost: random(2) === 0 ? -1 : random(10_000) });
        break;
      case 1:
        result.push({ from: piece.from, bytes }, { from: piece.from, bytes });
        break;
      case 2:
        break;
      default:
        result.push({ from: piece.from, bytes: bytes.subarray(0, cut), skipped });
    }
  }
  return result;
}

/** Whatever bytes come, nothing is thrown and memory stays bounded. */
export function brokenByMutation(protocol: Protocol, sample: Sample, runs: number, seed = 1): string[] {
  const violations: string[] = [];
  for (let i = 0; i < runs; i++) {
    const pieces = mutated(sample.pieces, seed + i);
    try {
      const { session } = run(protocol, sample, pieces, { fromTheBeginning: i % 4 !== 0, end: 'open', tickAfter: 1e9 });
      if (session.pending > mostPending)
        violations.push(`${sample.name}, seed ${seed + i}: ${session.pending} pending`);
      const { session: ended } = run(protocol, sample, pieces, { tickAfter: 1e12 });
      if (ended.pending !== 0) violations.push(`${sample.name}, seed ${seed + i}: ${ended.pending} pending at the end`);
    } catch (error) {
      violations.push(`${sample.name}, seed ${seed + i}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  return violations;
}

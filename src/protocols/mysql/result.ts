import type { Frame } from '../frames.ts';
import { eofPayload, progressCode, readEof, readError, readOk } from './answer.ts';
import { Answer, headerBytes, lenenc, longestPayload, readLenenc, Status } from './wire.ts';

/** Where in its answer a command is. */
const Phase = {
  /** Its first packet is to come (or that of its next result). */
  first: 0,
  /** Descriptions of columns or parameters. */
  definitions: 1,
  /** What comes after them: EOF or the first row. */
  afterDefinitions: 2,
  rows: 3,
  /** The client sends a file. */
  file: 4,
  /** Not known: packets were missed. */
  lost: 5,
} as const;

/** How an answer is to be read. */
export const Shape = {
  /** OK, error, or one packet of whatever. */
  simple: 0,
  /** OK, error, or results. */
  results: 1,
  /** What a statement was prepared to. */
  prepared: 2,
  /** Rows of an open cursor. */
  rows: 3,
  /** Descriptions only. */
  fields: 4,
  /** Authentication: OK or error, perhaps after some to and fro. */
  login: 5,
} as const;

/** What a packet meant for the answer that it is part of. */
export const Step = { more: 0, done: 1, failed: 2, file: 3, lost: 4 } as const;

/**
 * Follows the answer to one command through its packets, without knowing in advance whether EOF packets stand in it: where
 * they may stand they are recognised by their size.
 */
export class ResultReader {
  /** Rows returned or changed so far. */
  rows = 0;
  /** Id of the prepared statement, after the first packet of that shape. */
  statementId = -1;
  #shape: number = Shape.simple;
  #phase: number = Phase.lost;
  #definitions = 0;
  /** Descriptions that follow those that are being read, of a prepared statement. */
  #columns = 0;
  /** Whether EOF packets stand in results: -1 not known, 0 no, 1 yes. */
  eof = -1;
  /** The packet before was of the greatest size, so that this is its continuation. */
  #continues = false;

  /** A new command was asked. */
  begin(shape: number): void {
    this.#shape = shape;
    this.#phase = shape === Shape.rows ? Phase.rows : shape === Shape.fields ? Phase.rows : Phase.first;
    this.rows = 0;
    this.statementId = -1;
    this.#continues = false;
  }

  /** Packets were missed. */
  lose(): void {
    this.#phase = Phase.lost;
    this.#continues = false;
  }

  /** True while the client is expected to send a file. */
  get inFile(): boolean {
    return this.#phase === Phase.file;
  }

  /** Takes a packet of the server; see {@link Step}. */
  read(frame: Frame): number {
    const payload = frame.length - headerBytes;
    const isContinuation = this.#continues;
    this.#continues = payload === longestPayload;
    if (isContinuation || this.#phase === Phase.lost) return Step.more;
    const isSeen = frame.start + headerBytes < frame.end;
    if (payload > 0 && !isSeen) {
      // It may have been the last one.
      this.lose();
      return Step.lost;
    }
    const marker = isSeen ? frame.bytes[frame.start + headerBytes] : -1;
    if (marker === Answer.error && payload > 2) {
      return readError(frame).code === progressCode ? Step.more : Step.failed;
    }
    switch (this.#phase) {
      case Phase.first:
        return this.#first(frame, marker, payload);
      case Phase.file: {
        const ok = readOk(frame);
        this.rows += ok.rows;
        return this.#ends(ok.status);
      }
      case Phase.definitions:
        return this.#definition();
      case Phase.afterDefinitions:
        return this.#afterDefinitions(frame, marker, payload);
      default:
        return this.#row(frame, marker, payload);
    }
  }

  #first(frame: Frame, marker: number, payload: number): number {
    switch (this.#shape) {
      case Shape.simple:
        if (marker === Answer.ok) this.rows = readOk(frame).rows;
        return Step.done;
      case Shape.login:
        return marker === Answer.ok ? Step.done : Step.more;
      case Shape.prepared:
        return this.#prepared(frame, marker);
    }
    if (marker === Answer.ok) {
      const ok = readOk(frame);
      this.rows += ok.rows;
      return this.#ends(ok.status);
    }
    if (marker === Answer.localInfile) {
      this.#phase = Phase.file;
      return Step.file;
    }
    if (marker === Answer.eof && payload < 9) return this.#ends(readEof(frame).status);
    const columns = readLenenc(frame.bytes, frame.start + headerBytes, frame.end);
    if (columns <= 0 || columns > 65_535) {
      this.lose();
      return Step.more;
    }
    // A byte after the number says whether descriptions follow.
    const flag = lenenc.after < frame.start + frame.length && lenenc.after < frame.end ? frame.bytes[lenenc.after] : 1;
    this.#definitions = flag === 0 ? 0 : columns;
    this.#phase = this.#definitions === 0 ? Phase.afterDefinitions : Phase.definitions;
    return Step.more;
  }

  #prepared(frame: Frame, marker: number): number {
    const { bytes, end } = frame;
    const at = frame.start + headerBytes + 1;
    if (marker !== Answer.ok || at + 8 > end) return Step.done;
    this.statementId = (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
    this.#columns = bytes[at + 4] | (bytes[at + 5] << 8);
    this.#definitions = bytes[at + 6] | (bytes[at + 7] << 8);
    if (this.#definitions === 0) {
      this.#definitions = this.#columns;
      this.#columns = 0;
    }
    if (this.#definitions === 0) return Step.done;
    this.#phase = Phase.definitions;
    return Step.more;
  }

  #definition(): number {
    if (--this.#definitions > 0) return Step.more;
    if (this.#shape === Shape.prepared && this.eof === 0) {
      if (this.#columns === 0) return Step.done;
      this.#definitions = this.#columns;
      this.#columns = 0;
      return Step.more;
    }
    this.#phase = Phase.afterDefinitions;
    return Step.more;
  }

  #afterDefinitions(frame: Frame, marker: number, payload: number): number {
    if (marker === Answer.eof && payload === eofPayload) {
      this.eof = 1;
      if (this.#shape === Shape.prepared) {
        if (this.#columns === 0) return Step.done;
        this.#definitions = this.#columns;
        this.#columns = 0;
        this.#phase = Phase.definitions;
        return Step.more;
      }
      this.#phase = Phase.rows;
      // The rows stay behind a cursor, to be fetched.
      const { status } = readEof(frame);
      return (status & Status.cursorExists) !== 0 ? this.#ends(status) : Step.more;
    }
    if (this.#shape === Shape.prepared) {
      this.#phase = Phase.definitions;
      this.#definitions = this.#columns;
      this.#columns = 0;
      return this.#definition();
    }
    this.#phase = Phase.rows;
    return this.#row(frame, marker, payload);
  }

  #row(frame: Frame, marker: number, payload: number): number {
    if (marker !== Answer.eof || payload >= longestPayload) {
      this.rows++;
      return Step.more;
    }
    if (payload === eofPayload) return this.#ends(readEof(frame).status);
    if (this.#shape === Shape.results) this.eof = 0;
    return this.#ends(readOk(frame).status);
  }

  #ends(status: number): number {
    if ((status & Status.moreResults) === 0 || this.#shape !== Shape.results) {
      this.#phase = Phase.lost;
      return Step.done;
    }
    this.#phase = Phase.first;
    return Step.more;
  }

  /** What a prepared statement's answer lacks may never come, as nobody knows whether an EOF ends it. */
  get mayBeDone(): boolean {
    return this.#shape === Shape.prepared && this.#phase === Phase.afterDefinitions && this.#columns === 0;
  }
}

import { type SessionContext, Want } from './protocol.ts';

/** Frames after which the appetite is thought over. */
const period = 256;
/** Frames longer than this on average are bulk: their heads are enough. */
const bulk = 16_384;

/**
 * How much a session of small frames wants to see. Frames that share a segment cannot be told apart by heads alone, so
 * every byte is wanted where frames are small; where they are large that would cost more than it shows.
 */
export class Appetite {
  readonly #context: SessionContext;
  #want: Want;
  #frames = 0;
  #bytes = 0;
  #losses = 0;

  /** @param first what to begin with: `stream` or `segments` */
  constructor(context: SessionContext, first: Want) {
    this.#context = context;
    this.#want = first;
    context.want(first);
  }

  /** A frame of so many bytes went by. */
  saw(bytes: number): void {
    this.#bytes += bytes;
    if (++this.#frames < period) return;
    if (this.#bytes > this.#frames * bulk) this.#change(Want.segments);
    else if (this.#losses > 1) this.#change(Want.stream);
    this.#frames = this.#bytes = this.#losses = 0;
  }

  /** The beginning of a frame was not seen. */
  lostTrack(): void {
    if (++this.#losses > 1 && this.#bytes <= this.#frames * bulk) this.#change(Want.stream);
  }

  #change(want: Want): void {
    if (want === this.#want) return;
    this.#want = want;
    this.#context.want(want);
  }
}

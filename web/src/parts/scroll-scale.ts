/**
 * Scrolling through more rows than a browser can make an element high: Chromium stops at about 33 million pixels. The element
 * is at most {@link tallest} high, and `offset` says how many pixels of rows lie above what it stands for: small movements
 * go pixel by pixel, dragging the bar goes by share.
 */
export const tallest = 12_000_000;

/** Where the rows are in relation to the element that scrolls. */
export interface ScrollState {
  /** As the browser has it. */
  readonly scrollTop: number;
  /** Pixels of rows above scrollTop 0. */
  readonly offset: number;
}

/** Height of the element for rows that are `whole` pixels high together. */
export function elementHeight(whole: number): number {
  return Math.min(whole, tallest);
}

/** The topmost visible pixel of the rows. */
export function topOf({ scrollTop, offset }: ScrollState): number {
  return scrollTop + offset;
}

/**
 * After the browser scrolled from `before` to `scrollTop`. Where the answer's scrollTop is another one, the browser is to
 * be set to it: what is seen stays the same by that.
 */
export function scrolled(before: ScrollState, scrollTop: number, whole: number, viewport: number): ScrollState {
  const height = elementHeight(whole);
  if (height >= whole) return { scrollTop, offset: 0 };
  const far = Math.abs(scrollTop - before.scrollTop) > viewport * 2;
  return far ? byShare(scrollTop, whole, viewport) : centred({ scrollTop, offset: before.offset }, whole, viewport);
}

/** Brings a pixel of the rows to the top. */
export function scrolledTo(top: number, whole: number, viewport: number): ScrollState {
  const height = elementHeight(whole);
  const most = Math.max(whole - viewport, 0);
  const at = Math.min(Math.max(top, 0), most);
  if (height >= whole) return { scrollTop: at, offset: 0 };
  const room = height - viewport;
  // Near the ends pixel by pixel, so that there is always somewhere to go on to.
  const near = viewport * 4;
  const share = Math.round((at / most) * room);
  const scrollTop = Math.min(Math.max(share, Math.min(at, near)), room - Math.min(most - at, near));
  return { scrollTop, offset: at - scrollTop };
}

function byShare(scrollTop: number, whole: number, viewport: number): ScrollState {
  const room = elementHeight(whole) - viewport;
  const top = Math.round((Math.min(Math.max(scrollTop, 0), room) / room) * (whole - viewport));
  return { scrollTop, offset: top - scrollTop };
}

/** Near an end of the element that is no end of the rows the bar is moved away from it, under the same rows. */
function centred(state: ScrollState, whole: number, viewport: number): ScrollState {
  const room = elementHeight(whole) - viewport;
  const most = whole - viewport;
  const top = Math.min(Math.max(topOf(state), 0), most);
  const margin = viewport * 2;
  const stuck =
    (state.scrollTop < margin && top > state.scrollTop) ||
    (state.scrollTop > room - margin && most - top > room - state.scrollTop);
  const beyond = topOf(state) !== top;
  return stuck || beyond ? scrolledTo(top, whole, viewport) : state;
}

/** Epoch milliseconds of a moment of the view: `now`, `-15m`, or a number. */
export function momentOf(text: string, now = Date.now()): number {
  if (text === 'now') return now;
  const relative = /^-(\d+)([smhd])$/.exec(text);
  if (relative === null) return Number(text);
  const unit = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[relative[2]] ?? 0;
  return now - Number(relative[1]) * unit;
}

const bars = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A line of bars, each from 0 to the largest of the values. What is above 0 is never invisible. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values, 0);
  return values.map((value) => (value <= 0 ? bars[0] : bars[Math.max(1, Math.round((value / most) * 8))])).join('');
}

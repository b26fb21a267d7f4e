const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Reads a length of time such as `15m`, `1h30m`, `2 days`, as milliseconds; undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  const pattern = /(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)[a-z]*\s*/giy;
  let total = 0;
  let end = 0;
  for (let part = pattern.exec(text); part !== null; part = pattern.exec(text)) {
    total += Number(part[1]) * units[part[2].toLowerCase()];
    end = pattern.lastIndex;
  }
  return end > 0 && end === text.length ? total : undefined;
}

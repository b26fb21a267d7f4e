/** Red, green, blue, 0..255. */
export type Rgb = readonly [number, number, number];

/** Roles of the stylesheet that the map draws with. */
export const inkRoles = [
  'surface-0',
  'surface-1',
  'surface-2',
  'surface-3',
  'line',
  'text-1',
  'text-2',
  'text-3',
  'accent',
  'error',
  'slow',
  'new',
  'gone',
] as const;
export type InkRole = (typeof inkRoles)[number];
export type Inks = Readonly<Record<InkRole, Rgb>>;

/** Reads colours as the stylesheet writes them, by drawing with them. */
export function inksOf(colours: Readonly<Record<string, string>>): Inks {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const read = (role: InkRole): Rgb => {
    if (context === null) return [128, 128, 128];
    context.fillStyle = colours[role] ?? 'gray';
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b];
  };
  return Object.fromEntries(inkRoles.map((role) => [role, read(role)])) as Record<InkRole, Rgb>;
}

/** Between two colours. @param share of the second, 0..1 */
export function mixed(a: Rgb, b: Rgb, share: number): Rgb {
  const mix = (i: 0 | 1 | 2): number => Math.round(a[i] + (b[i] - a[i]) * share);
  return [mix(0), mix(1), mix(2)];
}

/** As CSS. */
export function cssOf([r, g, b]: Rgb, alpha = 1): string {
  return alpha === 1 ? `rgb(${r} ${g} ${b})` : `rgb(${r} ${g} ${b} / ${alpha})`;
}

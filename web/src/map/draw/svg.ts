/** The whole map as SVG: what is on the screen, without what is faded. */
import { shortName } from '../scene/names.ts';
import type { Display, DrawnNode } from './display.ts';
import { cssOf, type Rgb } from './inks.ts';
import { markOf } from './labels.ts';

const margin = 30;

/** Text that is safe in XML: no markup, and none of the signs that XML cannot hold. */
function escaped(text: string): string {
  let clean = '';
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? 0;
    const isControl = (code < 32 && code !== 9 && code !== 10) || code === 0xfffe || code === 0xffff;
    clean += isControl || (code >= 0xd800 && code <= 0xdfff) ? '\ufffd' : sign;
  }
  return clean.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

export function svgOf(display: Display): string {
  const { bounds, inks } = display;
  const number = (value: number): string => String(Math.round(value * 10) / 10);
  const hex = (colour: Rgb): string => cssOf(colour).replaceAll(' ', ',');
  const width = bounds.x2 - bounds.x1 + 2 * margin;
  const height = bounds.y2 - bounds.y1 + 2 * margin;
  const [left, top] = [bounds.x1 - margin, bounds.y1 - margin];
  const parts: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${[left, top, width, height].map(number).join(' ')}" width="${number(width)}" height="${number(height)}" font-family="Inter, system-ui, sans-serif" font-size="13">`,
    `<rect x="${number(left)}" y="${number(top)}" width="${number(width)}" height="${number(height)}" fill="${hex(inks['surface-0'])}"/>`,
  ];
  for (const { hull, box } of display.hulls)
    parts.push(
      `<rect x="${number(box.x1)}" y="${number(box.y1)}" width="${number(box.x2 - box.x1)}" height="${number(box.y2 - box.y1)}" rx="14" fill="${hex(inks['surface-2'])}" fill-opacity=".4" stroke="${hex(inks.line)}"/>`,
      `<text x="${number(box.x1 + 12)}" y="${number(box.y1 + 21)}" fill="${hex(inks['text-3'])}" font-size="12">${escaped(shortName(hull.title))}</text>`,
    );
  for (const { curve: c, edge, colour, width: wide, dashed, bad, opacity } of display.edges) {
    const title = `${escaped(edge.source.name.slice(0, 200))} → ${escaped(edge.destination.name.slice(0, 200))} ${escaped(markOf(edge))}`;
    parts.push(
      `<path d="M${number(c[0])} ${number(c[1])}C${c.slice(2).map(number).join(' ')}" fill="none" stroke="${hex(bad > 0.5 ? inks.error : colour)}" stroke-opacity="${opacity}" stroke-width="${number(wide)}"${dashed ? ' stroke-dasharray="6 5"' : ''}><title>${title}</title></path>`,
      arrowOf(c, wide, hex(bad > 0 ? inks.error : colour), number),
    );
  }
  for (const drawn of display.nodes) {
    const { node } = drawn;
    parts.push(
      `<g>${shapeOf(drawn, hex, number)}<text x="${number(node.x)}" y="${number(node.y + 4.5)}" text-anchor="middle" fill="${hex(inks['text-1'])}">${escaped(shortName(node.name))}</text><title>${escaped(node.name.slice(0, 500))}</title></g>`,
    );
  }
  parts.push('</svg>');
  return parts.join('\n');
}

function arrowOf(c: readonly number[], width: number, colour: string, number: (value: number) => string): string {
  const angle = Math.atan2(c[7] - c[5], c[6] - c[4]);
  const size = 5 + width * 1.1;
  const corner = (turn: number): string =>
    `${number(c[6] - Math.cos(angle + turn) * size)} ${number(c[7] - Math.sin(angle + turn) * size)}`;
  return `<path d="M${number(c[6])} ${number(c[7])}L${corner(-0.36)}L${corner(0.36)}Z" fill="${colour}"/>`;
}

function shapeOf(drawn: DrawnNode, hex: (colour: Rgb) => string, number: (value: number) => string): string {
  const { x, y, halfWidth: w, halfHeight: h } = drawn.node;
  const paint = `fill="${hex(drawn.fill)}" stroke="${hex(drawn.stroke)}"${drawn.dashed ? ' stroke-dasharray="4 4"' : ''}`;
  if (drawn.shape === 'hexagon') {
    const points = [
      [x - w, y],
      [x - w + 10, y - h],
      [x + w - 10, y - h],
      [x + w, y],
      [x + w - 10, y + h],
      [x - w + 10, y + h],
    ];
    return `<polygon points="${points.map((point) => point.map(number).join(',')).join(' ')}" ${paint}/>`;
  }
  const radius = drawn.shape === 'pill' ? h : drawn.shape === 'square' ? 3 : 9;
  return `<rect x="${number(x - w)}" y="${number(y - h)}" width="${number(2 * w)}" height="${number(2 * h)}" rx="${number(radius)}" ${paint}/>`;
}

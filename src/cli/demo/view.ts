import { type DemoStatus, faults } from '../../demo/index.ts';
import { duration, quantityText, rate, share } from '../../model/format.ts';
import type { Style } from '../style.ts';
import { type Cell, textCell } from '../table/cell.ts';
import type { Column } from '../table/layout.ts';
import { Table } from '../table/table.ts';
import { cutEnd } from '../table/text-width.ts';
import { sparkline } from '../top/sparkline.ts';

const left = { align: 'left', cut: 'end' } as const;
const serviceColumns: readonly Column[] = [
  { ...left, title: 'SERVICE', rank: 1, least: 14, most: 20 },
  { ...left, title: 'STATE', rank: 1, least: 8, most: 8 },
  { ...left, title: 'PID', align: 'right', rank: 2, least: 7, most: 7 },
];
const faultColumns: readonly Column[] = [
  { ...left, title: 'KEY', rank: 1, least: 3, most: 3 },
  { ...left, title: 'FAULT', rank: 1, least: 13, most: 13 },
  { ...left, title: 'STATE', rank: 1, least: 6, most: 6 },
  { ...left, title: 'WHAT HAPPENS, AND WHERE TO LOOK', rank: 2, least: 20, most: 130 },
];

/**
 * How a demo is, in lines that are no wider than the terminal.
 *
 * @param rates requests of the last seconds, the latest at the end
 */
export function demoLines(status: DemoStatus, rates: readonly number[], width: number, style: Style): string[] {
  const { services, requests_per_second: made, failed_per_second: failed, p95_ns: p95, broken } = status;
  const wrong = made === 0 ? 0 : failed / made;
  const wrongText = `${quantityText(share(wrong))} failed`;
  const load = [
    quantityText(rate(made)),
    wrong > 0.01 ? style.error(wrongText) : wrongText,
    `p95 ${quantityText(duration(p95))}`,
    style.dim(sparkline(rates)),
  ].join('  ');
  return [
    `${style.strong('map')}   ${style.accent(status.url)}`,
    `${style.strong('load')}  ${load}`,
    '',
    ...table(
      serviceColumns,
      services.map(({ name, state, pid }) => [
        textCell(name),
        textCell(state, state === 'ended' ? 'error' : state === 'running' ? undefined : 'warning'),
        textCell(pid === null ? '' : String(pid)),
      ]),
      width,
      style,
    ),
    '',
    ...table(
      faultColumns,
      faults.map(({ name, key, what, look }) => {
        const is = broken.includes(name);
        return [
          textCell(key, 'strong'),
          textCell(name),
          textCell(is ? 'broken' : 'whole', is ? 'error' : 'dim'),
          textCell(is ? `look at ${look}` : what, is ? undefined : 'dim'),
        ];
      }),
      width,
      style,
    ),
  ];
}

/** The last line of a demo that runs in this terminal. */
export function keysLine(width: number, style: Style): string {
  return style.dim(cutEnd('1-5 break or heal   h heal everything   q quit', width));
}

function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number, style: Style): string[] {
  const drawn = new Table(columns, width, style, rows);
  return [drawn.header(), ...rows.map((row) => drawn.row(row))];
}

import type { ReactNode } from 'react';
import { count, duration, type Quantity, rate, share, size, sizeRate } from '../../../src/model/format.ts';

/** A number with its unit dimmed; '-' where nothing is known. */
export function Value({ of }: { of: Quantity }): ReactNode {
  return (
    <>
      {of.number}
      {of.gap}
      {of.unit !== '' && <span className="unit">{of.unit}</span>}
    </>
  );
}

const unknown: Quantity = { number: '-', unit: '', gap: '' };
type Maybe = number | null | undefined;
const known = (value: Maybe, show: (value: number) => Quantity): ReactNode => (
  <Value of={value === null || value === undefined ? unknown : show(value)} />
);

export const Duration = ({ ns }: { ns: Maybe }): ReactNode => known(ns, duration);
export const Size = ({ bytes }: { bytes: Maybe }): ReactNode => known(bytes, size);
export const SizeRate = ({ perSecond }: { perSecond: Maybe }): ReactNode => known(perSecond, sizeRate);
export const Rate = ({ perSecond }: { perSecond: Maybe }): ReactNode => known(perSecond, rate);
export const Count = ({ of }: { of: Maybe }): ReactNode => known(of, count);
export const Share = ({ of }: { of: Maybe }): ReactNode => known(of, share);

/** A moment as local time; the zone and the full date are in the title. */
export function Moment({ iso }: { iso: string }): ReactNode {
  const date = new Date(iso);
  const text = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const fraction = /\.(\d{3})/.exec(iso)?.[1] ?? '000';
  return (
    <time
      dateTime={iso}
      title={`${date.toLocaleString()} ${Intl.DateTimeFormat().resolvedOptions().timeZone} (${iso})`}
    >
      {text}
      <span className="unit">.{fraction}</span>
    </time>
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const hidden = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** A name cut in the middle, so that both ends stay readable. */
export function Name({ text, most = 40 }: { text: string; most?: number }): ReactNode {
  // Bidirectional marks and controls of hostile names must not reorder what stands around them.
  const shown =
    text.length <= most ? text : `${text.slice(0, Math.ceil(most / 2))}…${text.slice(-Math.floor(most / 2) + 1)}`;
  return <bdi title={text.slice(0, 2000)}>{shown.replaceAll(hidden, '�')}</bdi>;
}

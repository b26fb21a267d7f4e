// biome-ignore lint/suspicious/noControlCharactersInRegex: names come from strangers
const hidden = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** A name as it stands in its pill: controls and direction marks shown as what they are, the middle of long ones cut. */
export function shortName(name: string): string {
  const clean = name.slice(0, 400).replaceAll(hidden, '\ufffd');
  const signs = [...clean];
  const whole = name.length > 400 ? [...signs, '…'] : signs;
  return whole.length <= 28 ? whole.join('') : `${whole.slice(0, 15).join('')}…${whole.slice(-11).join('')}`;
}

import type { ReactNode } from 'react';

const keys: readonly (readonly [string, string])[] = [
  ['/', 'filter'],
  ['Ctrl K', 'command palette'],
  ['g m · g r · g f · g h · g q', 'map, requests, flows & events, health, query'],
  ['j k · Enter', 'next and previous row, into its panel'],
  ['space', 'live or paused'],
  ['← →', 'step in time; with Shift a whole span'],
  ['f', 'focus on the selected service'],
  ['e', 'collapse or expand its group'],
  ['c', 'compare with an earlier time'],
  ['n', 'the next service that is found'],
  ['+ − 0', 'zoom in, out, fit'],
  ['arrows', 'from service to service, while the map has the focus; Enter: what is known of it'],
  ['t', 'dark or light'],
  ['Esc', 'back out'],
  ['?', 'these keys'],
];

/** All keys. */
export function Keys({ close }: { close: () => void }): ReactNode {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the backdrop closes as Escape does
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does
    <div className="palette-back" onClick={close}>
      <div className="palette" role="dialog" aria-modal="true" aria-label="Keys" style={{ padding: 20 }}>
        <h2 style={{ marginBottom: 10 }}>Keys</h2>
        <dl className="facts">
          {keys.map(([key, what]) => (
            <div key={key} style={{ display: 'contents' }}>
              <dt>
                <code>{key}</code>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </div>
    </div>
  );
}

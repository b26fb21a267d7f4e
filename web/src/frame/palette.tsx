import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Entities } from '../../../src/model/api.ts';
import { useApi } from '../data/use-api.ts';
import { go, type Page, pages, termOf } from '../data/view.ts';
import { Name } from '../parts/quantity.tsx';
import { toggleTheme } from './theme.ts';

interface Choice {
  readonly id: string;
  readonly text: string;
  readonly hint: string;
  readonly run: () => void;
}

/** Everything that can be gone to or done, by typing a part of its name. */
export function Palette({ close, titles }: { close: () => void; titles: Readonly<Record<Page, string>> }): ReactNode {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const found = useApi<Entities>(text.length > 0 ? '/entities' : undefined, { search: text, limit: 12 });
  const fixed: Choice[] = [
    ...pages.map((page) => ({ id: page, text: titles[page], hint: 'page', run: () => go({ page, selected: '' }) })),
    { id: 'theme', text: 'Dark or light', hint: 'appearance', run: toggleTheme },
    { id: '15m', text: 'Last 15 minutes, live', hint: 'time', run: () => go({ from: '-15m', to: 'now' }) },
    { id: '1h', text: 'Last hour, live', hint: 'time', run: () => go({ from: '-1h', to: 'now' }) },
    { id: '24h', text: 'Last day, live', hint: 'time', run: () => go({ from: '-24h', to: 'now' }) },
    {
      id: 'errors',
      text: 'Requests that failed',
      hint: 'requests',
      run: () => go({ page: 'requests', filter: 'status:error' }),
    },
  ];
  const entities: Choice[] = (found.data?.items ?? []).map((entity) => ({
    id: entity.id,
    text: entity.name,
    hint: entity.namespace === '' ? entity.kind : `${entity.kind} in ${entity.namespace}`,
    run: () =>
      entity.kind === 'process'
        ? go({ page: 'requests', filter: termOf('with', entity.name), selected: '' })
        : go({ page: 'map', selected: `node:${entity.id}` }),
  }));
  const choices = [...entities, ...fixed.filter((c) => c.text.toLowerCase().includes(text.toLowerCase()))];
  const chosen = Math.min(at, choices.length - 1);
  const take = (choice: Choice | undefined): void => {
    if (choice === undefined && text !== '') go({ filter: text });
    choice?.run();
    close();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the backdrop closes as Escape does
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does
    <div className="palette-back" onClick={close}>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: keeps clicks from the backdrop */}
      <div
        className="palette"
        role="dialog"
        aria-modal="true"
        aria-label="Commands"
        onClick={(e) => e.stopPropagation()}
      >
        <input
          ref={input}
          value={text}
          aria-label="Search services and commands"
          placeholder="Search services and commands"
          role="combobox"
          aria-expanded="true"
          aria-controls="choices"
          aria-activedescendant={choices[chosen] === undefined ? undefined : `choice-${choices[chosen].id}`}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, choices.length - 1));
            else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0));
            else if (event.key === 'Enter') take(choices[chosen]);
            else return;
            event.preventDefault();
          }}
        />
        <ul id="choices" role="listbox" aria-label="Found">
          {choices.map((choice, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys
            <li
              key={choice.id}
              id={`choice-${choice.id}`}
              role="option"
              aria-selected={i === chosen}
              onClick={() => take(choice)}
              onPointerMove={() => setAt(i)}
            >
              <Name text={choice.text} most={60} />
              <span className="dim">{choice.hint}</span>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

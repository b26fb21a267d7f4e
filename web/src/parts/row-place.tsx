import { type ReactNode, useState } from 'react';

/** Which rows of how many are seen; a number typed there goes to that row. Where a live table stands, the way back. */
export function RowPlace({
  seen: [first, last],
  count,
  standing,
  follow,
  jump,
}: {
  seen: readonly [number, number];
  count: number;
  standing: number | undefined;
  follow: () => void;
  jump: (row: number) => void;
}): ReactNode {
  const now = (count === 0 ? 0 : first + 1).toLocaleString();
  const [text, setText] = useState(now);
  const [typing, setTyping] = useState(false);
  return (
    <form
      className="row-place"
      onSubmit={(event) => {
        event.preventDefault();
        setTyping(false);
        const row = Number(text.replaceAll(/[^\d]/g, ''));
        if (row >= 1) jump(Math.min(row, count) - 1);
        // The table is drawn anew: keys belong to it from now on.
        setTimeout(() => document.querySelector<HTMLElement>('[role=grid]')?.focus());
      }}
    >
      <label htmlFor="row">Row</label>
      <input
        id="row"
        inputMode="numeric"
        autoComplete="off"
        value={typing ? text : now}
        onFocus={(event) => {
          setTyping(true);
          setText(now);
          event.currentTarget.select();
        }}
        onBlur={() => setTyping(false)}
        onChange={(event) => setText(event.target.value)}
      />
      <span className="dim">
        <span className="wide-only">– {Math.min(last + 1, count).toLocaleString()} </span>of{' '}
        <span data-testid="rows">{count.toLocaleString()}</span>
      </span>
      {standing !== undefined && (
        <button type="button" className="pill standing" onClick={follow} title="Follow the newest again">
          as of {new Date(standing).toLocaleTimeString([], { hourCycle: 'h23' })} · follow
        </button>
      )}
    </form>
  );
}

import { type ReactNode, type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { Schema } from '../../../src/model/api.ts';
import type { Editor } from './editor.ts';

/** What others may do with the field. */
export interface SqlFieldHandle {
  readonly insert: (text: string) => void;
}

/** Where a statement is written. A plain field stands there until the editor has come, and where it does not. */
export function SqlField({
  value,
  schema,
  onChange,
  onRun,
  handle,
}: {
  value: string;
  schema: Schema | undefined;
  onChange: (text: string) => void;
  onRun: () => void;
  handle: Ref<SqlFieldHandle>;
}): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const plain = useRef<HTMLTextAreaElement>(null);
  const editor = useRef<Editor | undefined>(undefined);
  const [there, setThere] = useState(false);
  const now = useRef({ value, schema, onChange, onRun });
  now.current = { value, schema, onChange, onRun };

  useEffect(() => {
    let gone = false;
    import('./editor.ts')
      .then(({ openEditor }) => {
        if (gone || place.current === null) return;
        const hadFocus = document.activeElement === plain.current;
        editor.current = openEditor(place.current, now.current.value, {
          schema: () => now.current.schema,
          changed: (text) => now.current.onChange(text),
          run: () => now.current.onRun(),
        });
        setThere(true);
        if (hadFocus) editor.current.focus();
      })
      .catch(() => undefined);
    return () => {
      gone = true;
      editor.current?.close();
      editor.current = undefined;
    };
  }, []);
  useEffect(() => editor.current?.set(value), [value]);
  useImperativeHandle(handle, () => ({
    insert: (word) => {
      if (editor.current !== undefined) editor.current.insert(word);
      else onChange(`${now.current.value}${word}`);
    },
  }));
  return (
    <div className="sql-field">
      <div ref={place} className="sql-editor" hidden={!there} />
      {!there && (
        <textarea
          ref={plain}
          aria-label="SQL statement"
          value={value}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            onRun();
          }}
        />
      )}
    </div>
  );
}

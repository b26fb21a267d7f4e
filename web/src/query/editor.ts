/** The SQL editor: CodeMirror in a shadow root, where its styles need no leave of the page's security policy. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { SQLDialect, sql } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { Schema } from '../../../src/model/api.ts';
import { completionsAt } from './completion.ts';

/** An editor that stands in the page. */
export interface Editor {
  readonly set: (text: string) => void;
  readonly insert: (text: string) => void;
  readonly focus: () => void;
  readonly close: () => void;
}

const types = { table: 'class', column: 'property', function: 'function', keyword: 'keyword', parameter: 'variable' };

const clickHouse = SQLDialect.define({
  keywords:
    'select from where group by order having limit with as and or not in between like ilike is null distinct case when then else end join left right inner outer full any all on using union desc asc interval second minute hour day week over partition global prewhere final sample array offset rollup totals',
  types: 'int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 string datetime datetime64 date ipv6 bool',
  doubleQuotedStrings: false,
  backslashEscapes: true,
  hashComments: false,
});

const look = EditorView.theme({
  '&': { fontSize: '13px', color: 'var(--text-1)', backgroundColor: 'var(--surface-1)', height: '100%' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: '"JetBrains Mono Variable", monospace',
    fontVariantLigatures: 'none',
    lineHeight: '1.5',
  },
  '.cm-content': { caretColor: 'var(--accent)', padding: '10px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--text-3)', border: 'none', paddingRight: '4px' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 6px 0 10px', minWidth: '28px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--accent-soft)',
  },
  '.cm-matchingBracket': { backgroundColor: 'var(--surface-3)', outline: '1px solid var(--line)' },
  '.cm-placeholder': { color: 'var(--text-3)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface-2)',
    border: '1px solid var(--line)',
    borderRadius: '8px',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'inherit', maxHeight: '220px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--surface-3)', color: 'var(--text-1)' },
  '.cm-tooltip.cm-completionInfo': {
    padding: '6px 10px',
    maxWidth: '340px',
    fontFamily: '"Inter Variable", sans-serif',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)' },
  '.cm-completionDetail': { color: 'var(--text-3)', fontStyle: 'normal' },
  '.cm-completionIcon': { opacity: '0.7', width: '1.2em' },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--new)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--slow)' },
  { tag: [tags.lineComment, tags.blockComment], color: 'var(--text-3)', fontStyle: 'italic' },
  { tag: [tags.typeName], color: 'var(--text-2)' },
]);

/** Opens an editor within an element. `schema` is asked at each completion. */
export function openEditor(
  place: HTMLElement,
  text: string,
  more: {
    readonly schema: () => Schema | undefined;
    readonly changed: (text: string) => void;
    readonly run: () => void;
  },
): Editor {
  const root = place.shadowRoot ?? place.attachShadow({ mode: 'open' });
  // Seen from outside, keys go to an element that takes none: the page would act on them.
  const keep = (event: KeyboardEvent): void => {
    const isPalette = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k';
    if (!isPalette) event.stopPropagation();
  };
  place.addEventListener('keydown', keep);
  const run = (): boolean => {
    more.run();
    return true;
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of([
          { key: 'Mod-Enter', run },
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        sql({ dialect: clickHouse }),
        syntaxHighlighting(colours),
        autocompletion({
          icons: false,
          override: [
            (context) => {
              const schema = more.schema();
              if (schema === undefined) return null;
              const found = completionsAt(context.state.doc.toString(), context.pos, schema, context.explicit);
              if (found === undefined) return null;
              return {
                from: found.from,
                validFor: /^[{\w:]*\}?$/,
                options: found.options.map(({ label, kind, detail, info, boost }) => ({
                  label,
                  type: types[kind],
                  detail,
                  boost,
                  ...(info === '' ? {} : { info }),
                })),
              };
            },
          ],
        }),
        placeholder('SELECT ... FROM requests'),
        EditorView.contentAttributes.of({ 'aria-label': 'SQL statement', spellcheck: 'false', tabindex: '0' }),
        EditorView.lineWrapping,
        // Left to itself the browser keeps the colours of what is typed over as inline styles, which the page's policy forbids.
        EditorView.domEventHandlers({
          beforeinput: (event, editor) => {
            if (event.inputType !== 'insertText' || event.data === null || event.data === '') return false;
            if (editor.state.selection.main.empty || editor.composing) return false;
            event.preventDefault();
            editor.dispatch(editor.state.replaceSelection(event.data), { userEvent: 'input.type' });
            return true;
          },
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) more.changed(update.state.doc.toString());
        }),
        look,
      ],
    }),
  });
  return {
    set: (next) => {
      if (next !== view.state.doc.toString())
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    insert: (word) => {
      const { from, to } = view.state.selection.main;
      view.dispatch({ changes: { from, to, insert: word }, selection: { anchor: from + word.length } });
      view.focus();
    },
    focus: () => view.focus(),
    close: () => {
      place.removeEventListener('keydown', keep);
      view.destroy();
    },
  };
}

// The editor of queries. Loaded when the page is there already: it is the largest part of it.
//
// It lives in a shadow root because its styles are made while it runs: a document takes those only inline,
// which the policy of the page forbids, but a shadow root adopts them as objects.

import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
  completionStatus,
  startCompletion,
} from '@codemirror/autocomplete';
import {
  defaultKeymap,
  history,
  historyKeymap,
  insertNewlineAndIndent,
} from '@codemirror/commands';
import {
  bracketMatching,
  forceParsing,
  HighlightStyle,
  syntaxHighlighting,
} from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, highlightSpecialChars, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { CompletionClient } from './completion_client';
import { rankedCompletion } from './ranked_completion';

export interface EditorEvents {
  change: (text: string) => void;
  run: () => void;
  format: () => void;
}

const client = new CompletionClient();
const parseMs = 500; // a query is short

const theme = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--field)', fontSize: '13px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5', maxHeight: '40vh' },
  '.cm-content': { padding: '6px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 8px' },
  '.cm-placeholder': { color: 'var(--dim)' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': {
    background: 'var(--selected)',
  },
  '&.cm-focused .cm-matchingBracket': { background: 'var(--selected)', color: 'inherit' },
  '.cm-tooltip': {
    color: 'var(--text)',
    background: 'var(--raised)',
    border: '1px solid var(--line)',
    borderRadius: '4px',
    boxShadow: '0 4px 16px rgb(0 0 0 / 25%)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mono)',
    fontSize: '12px',
    maxHeight: '18em',
    maxWidth: 'min(560px, 90vw)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    background: 'var(--selected)',
    color: 'var(--text)',
  },
  '.cm-completionDetail': { color: 'var(--dim)', fontStyle: 'normal', marginLeft: '1em' },
  '.cm-completionMatchedText': {
    textDecoration: 'none',
    fontWeight: '700',
    color: 'var(--accent)',
  },
  '.cm-completionInfo': { padding: '6px 8px', maxWidth: '320px', fontFamily: 'var(--sans)' },
  '.cm-completionIcon': { color: 'var(--dim)', opacity: '1' },
  '.cm-diagnostic': { fontFamily: 'var(--sans)', padding: '4px 8px' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--bad)' },
});

const highlighting = HighlightStyle.define([
  { tag: tags.name, color: 'var(--text)' },
  { tag: [tags.number, tags.bool], color: 'var(--code-number)' },
  { tag: tags.string, color: 'var(--code-string)' },
  {
    tag: [tags.keyword, tags.function(tags.variableName), tags.operatorKeyword],
    color: 'var(--code-word)',
  },
  { tag: tags.labelName, color: 'var(--code-label)' },
  { tag: tags.operator, color: 'var(--dim)' },
  { tag: tags.comment, color: 'var(--dim)', fontStyle: 'italic' },
  { tag: tags.invalid, color: 'var(--bad)' },
]);

export interface Editor {
  text: () => string;
  setText: (text: string) => void;
  focus: () => void;
  destroy: () => void;
}

export function makeEditor(
  host: HTMLElement,
  text: string,
  label: string,
  events: EditorEvents,
): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const promql = new PromQLExtension().setComplete({
    completeStrategy: rankedCompletion(client),
  });
  const run = () => {
    events.run();
    return true;
  };
  const format = () => {
    events.format();
    return true;
  };
  // A list that has only just opened accepts nothing yet; that must not move the focus.
  const accept = (view: EditorView) =>
    acceptCompletion(view) || completionStatus(view.state) !== null;
  // Whether an arrow was pressed in the list that is open.
  let chosen = false;
  const choose = (view: EditorView) => {
    chosen = completionStatus(view.state) === 'active';
    return false; // the list moves by its own keys
  };
  // After a closed bracket the list offers operators to go on with, but Enter means the query as it stands, unless
  // one of them was chosen.
  const enter = (view: EditorView) => {
    const { head } = view.state.selection.main;
    const complete = /[)\]}\s]/.test(view.state.sliceDoc(head - 1, head));
    if ((chosen || !complete) && acceptCompletion(view)) return true;
    closeCompletion(view);
    return run();
  };
  const leave = (view: EditorView) => {
    if (completionStatus(view.state) === null) view.contentDOM.blur();
    return false; // an open list is closed instead
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(
          keymap.of([
            { key: 'Mod-Enter', run },
            { key: 'Shift-Enter', run: insertNewlineAndIndent },
            { key: 'Ctrl-Space', run: startCompletion },
            { key: 'Shift-Alt-f', run: format },
            { key: 'Escape', run: leave },
          ]),
        ),
        Prec.high(
          keymap.of([
            { key: 'Tab', run: accept },
            { key: 'Enter', run: enter },
            { key: 'ArrowDown', run: choose },
            { key: 'ArrowUp', run: choose },
          ]),
        ),
        keymap.of([
          ...completionKeymap,
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          ...lintKeymap,
        ]),
        history(),
        closeBrackets(),
        bracketMatching(),
        highlightSpecialChars(),
        autocompletion({ maxRenderedOptions: 100, defaultKeymap: false }), // they are below those here
        placeholder('PromQL: a metric name, or Ctrl-Space for what there is'),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged || completionStatus(update.state) === null) chosen = false;
          if (update.docChanged) events.change(update.state.doc.toString());
        }),
        syntaxHighlighting(highlighting),
        theme,
        promql.asExtension(),
      ],
    }),
  });
  // The linter looks once after a change, perhaps before a busy machine has parsed the whole of it.
  const parse = () => forceParsing(view, view.state.doc.length, parseMs);
  parse();
  return {
    text: () => view.state.doc.toString(),
    setText: (text) => {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      parse();
    },
    focus: () => {
      view.focus();
      view.dispatch({ selection: { anchor: view.state.doc.length } });
    },
    destroy: () => {
      promql.destroy();
      view.destroy();
    },
  };
}

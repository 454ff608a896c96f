import { useEffect, useRef } from 'react';
import { pages } from './pages';
import { hrefOf, navigate } from './router';

const chordMs = 1500; // between g and the letter of a page

export const keys: [string, string][] = [
  ['/', 'Go to the query, or to the filter of a page'],
  ['Enter', 'Run the query'],
  ['Shift+Enter', 'New line in the query'],
  ['Ctrl+Space', 'What can stand here'],
  ['Shift+Alt+F', 'Lay out the query'],
  ['Esc', 'Leave the query'],
  ['?', 'This list'],
];

// The editor is in a shadow root, which shows as its host.
function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0] as HTMLElement;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function focusFirstField() {
  const host = document.querySelector<HTMLElement>('main .editor-host:not([hidden])');
  const field =
    host?.shadowRoot?.querySelector<HTMLElement>('.cm-content') ??
    document.querySelector<HTMLElement>('main textarea, main input[type=search]');
  field?.focus();
}

export function useShortcuts({ help }: { help: () => void }) {
  const latest = useRef(help);
  latest.current = help;
  useEffect(() => {
    let chordAt = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent) => {
      if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      const page = pages.find(({ key }) => key === event.key);
      if (page && event.timeStamp - chordAt < chordMs) {
        event.preventDefault(); // the letter is not for the field that the page begins with
        navigate(hrefOf(page.path));
      } else if (event.key === '?') latest.current();
      else if (event.key === '/') {
        event.preventDefault();
        focusFirstField();
      }
      chordAt = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

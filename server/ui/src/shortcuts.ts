import { useEffect, useRef } from 'react';
import { pages } from './pages';
import { hrefOf, navigate } from './router';

const chordMs = 1500; // between g and the letter of a page

// What works where, as it is listed to people.
export const keys: { where: string; list: [string, string][] }[] = [
  {
    where: 'Everywhere',
    list: [
      ['/', 'Go to the query, or to the filter of a page'],
      ['Tab', 'Go to what can be pressed next'],
      ['↑ ↓', 'In a list: the row above or below'],
      ['Esc', 'Leave a field, close what is open'],
      ['?', 'This list'],
    ],
  },
  {
    where: 'Query',
    list: [
      ['Enter', 'Run it'],
      ['Shift+Enter', 'New line'],
      ['Ctrl+Space', 'What can stand here'],
      ['Tab', 'Take what is offered'],
      ['Shift+Alt+F', 'Lay it out'],
    ],
  },
  {
    where: 'Graph',
    list: [
      ['← →', 'The crosshair to the step before or after'],
      ['Home End', 'The crosshair to the first or the last step'],
      ['Shift+← →', 'Move the range'],
      ['+ −', 'A shorter or a longer range'],
      ['Enter', 'In the legend: the series alone; with Ctrl, add it'],
    ],
  },
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
      if (event.key === 'Escape' && event.target instanceof HTMLInputElement) event.target.blur();
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

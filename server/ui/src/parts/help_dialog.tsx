import { useEffect, useRef } from 'react';
import { pages } from '../pages';
import { keys } from '../shortcuts';

const mouse: [string, string][] = [
  ['Drag on a graph', 'Zoom to that range'],
  ['Shift+drag', 'Move the range'],
  ['Click in a legend', 'Show a series alone; with Ctrl, add it'],
];

export function HelpDialog({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const rows = [
    ...keys,
    ...pages.map(({ key, title }): [string, string] => [`g ${key}`, title]),
    ...mouse,
  ];
  return (
    <dialog ref={dialog} onClose={close} aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        {rows.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}

import { pages } from '../pages';
import { keys } from '../shortcuts';
import { Dialog } from './dialog';

const mouse: [string, string][] = [
  ['Drag', 'On a graph: zoom to that range'],
  ['Shift+drag', 'On a graph: move the range'],
  ['Click', 'In a legend: show a series alone; with Ctrl, add it'],
];

export function HelpDialog({ close }: { close: () => void }) {
  return (
    <Dialog label="Keys" title="Keys" large close={close}>
      <div className="columns">
        {keys.map(({ where, list }) => (
          <KeyList key={where} title={where} rows={list} />
        ))}
        <KeyList
          title="Pages"
          rows={pages.map(({ key, title }): [string, string] => [`g ${key}`, title])}
        />
        <KeyList title="Mouse" rows={mouse} />
      </div>
    </Dialog>
  );
}

function KeyList({ title, rows }: { title: string; rows: [string, string][] }) {
  return (
    <section>
      <h3>{title}</h3>
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
    </section>
  );
}

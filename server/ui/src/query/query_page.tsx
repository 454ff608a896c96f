import { useEffect, useRef, useState } from 'react';
import { useStarted } from '../api/starting';
import { setSearch, useSearch } from '../router';
import { Panel } from './panel';
import { maxPanels, newPanel, type PanelState, readPanels, writePanels } from './panel_state';

const refreshes: [number, string][] = [
  [0, 'off'],
  [5, '5s'],
  [15, '15s'],
  [60, '1m'],
];

export function QueryPage() {
  const search = useSearch();
  const [panels, setPanels] = useState(() => readPanels(search));
  const [ids, setIds] = useState(() => panels.map((_, i) => i)); // what a panel is known by while others come and go
  const lastId = useRef(panels.length);
  const written = useRef(search);
  const [every, setEvery] = useState(0);
  const [refresh, setRefresh] = useState(0);
  const started = useStarted();

  // Back and Forward change the URL, and with it the panels.
  useEffect(() => {
    if (search === written.current) return;
    written.current = search;
    const read = readPanels(search);
    setPanels(read);
    setIds((before) => read.map((_, i) => before[i] ?? ++lastId.current));
  }, [search]);

  useEffect(() => {
    if (every === 0) return;
    const timer = setInterval(
      () => document.hidden || setRefresh((count) => count + 1),
      every * 1000,
    );
    return () => clearInterval(timer);
  }, [every]);

  const show = (next: PanelState[], nextIds: number[]) => {
    setPanels(next);
    setIds(nextIds);
    written.current = writePanels(next);
    setSearch(written.current);
  };
  const change = (i: number, part: Partial<PanelState>) =>
    show(
      panels.map((panel, at) => (at === i ? { ...panel, ...part } : panel)),
      ids,
    );
  const add = (after: number, panel: PanelState) =>
    show(panels.toSpliced(after + 1, 0, panel), ids.toSpliced(after + 1, 0, ++lastId.current));
  const remove = (i: number) => show(panels.toSpliced(i, 1), ids.toSpliced(i, 1));
  const room = panels.length < maxPanels;

  return (
    <>
      <h1 className="hidden">Query</h1>
      {panels.map((panel, i) => (
        <Panel
          key={ids[i]}
          index={i}
          state={panel}
          refresh={refresh + started}
          change={(part) => change(i, part)}
          remove={panels.length > 1 ? () => remove(i) : undefined}
          duplicate={room ? () => add(i, panel) : undefined}
        />
      ))}
      <div className="bar">
        {room && (
          <button type="button" onClick={() => add(panels.length - 1, newPanel())}>
            Add a panel
          </button>
        )}
        <label>
          Refresh{' '}
          <select value={every} onChange={(event) => setEvery(Number(event.target.value))}>
            {refreshes.map(([seconds, name]) => (
              <option key={seconds} value={seconds}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
    </>
  );
}

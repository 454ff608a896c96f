import { useMemo, useState } from 'react';
import type { Labels, Target, Targets } from '../api/types';
import { usePolled } from '../api/use_polled';
import { formatCount, plural } from '../format/number';
import { makeFilter } from '../parts/filter';
import { Notices } from '../parts/notices';
import { SeriesName } from '../parts/series_name';
import { useNarrow } from '../parts/use_narrow';
import { useParameter } from '../parts/use_parameter';
import { VirtualRows } from '../parts/virtual_rows';
import { TargetDialog } from './target_dialog';

interface Found {
  pool: string;
  discovered: Labels;
  target?: Target;
}

interface Pools {
  scrapePools: string[];
  failedDiscoveries?: { scrapePool: string; discovery: string; error: string }[];
}

const none: Found[] = [];
const filter = makeFilter((one: Found) => [[one.pool], [one.discovered, one.target?.labels ?? {}]]);

function allFound(targets: Targets): Found[] {
  return [
    ...targets.activeTargets.map((target) => ({
      pool: target.scrapePool,
      discovered: target.discoveredLabels,
      target,
    })),
    ...targets.droppedTargets.map((one) => ({
      pool: one.scrapePool,
      discovered: one.discoveredLabels,
    })),
  ].sort((a, b) => (a.pool < b.pool ? -1 : a.pool > b.pool ? 1 : 0));
}

export function DiscoveryPage() {
  const asked = usePolled<Targets>('targets', 10_000, { state: 'any' });
  const pools = usePolled<Pools>('scrape_pools', 10_000);
  const [text, setText] = useParameter('search');
  const [state, setState] = useParameter('state');
  const [pool, setPool] = useParameter('pool');
  const [opened, setOpened] = useState<Found>();
  const narrow = useNarrow();
  const found = useMemo(() => (asked.data ? allFound(asked.data) : none), [asked.data]);
  const shown = useMemo(() => {
    const matches = filter(text);
    return found.filter(
      (one) =>
        (state === '' || (state === 'active') === (one.target !== undefined)) &&
        (pool === '' || one.pool === pool) &&
        matches(one),
    );
  }, [found, text, state, pool]);

  return (
    <>
      <div className="bar">
        <h1>Discovery</h1>
        <span className="group" role="group" aria-label="State">
          {['', 'active', 'dropped'].map((one) => (
            <button
              type="button"
              key={one}
              aria-pressed={state === one}
              onClick={() => setState(one)}
            >
              {one === '' ? 'All' : one}
            </button>
          ))}
        </span>
        <select
          aria-label="Scrape pool"
          value={pool}
          onChange={(event) => setPool(event.target.value)}
        >
          <option value="">all pools</option>
          {pools.data?.scrapePools.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <input
          type="search"
          placeholder="Search: words, or label=value"
          aria-label="Search what was discovered"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <Notices of={[asked, pools]} />
      {pools.data?.failedDiscoveries?.map(({ scrapePool, discovery, error }) => (
        <p className="warning" key={`${scrapePool} ${discovery}`}>
          {scrapePool}: {discovery}: {error}
        </p>
      ))}
      {asked.data && (
        <p className="note" role="status">
          {formatCount(shown.length)} of {formatCount(found.length)} shown;{' '}
          {plural(asked.data.activeTargets.length, 'target')},{' '}
          {formatCount(Object.values(asked.data.droppedTargetCounts).reduce((a, b) => a + b, 0))}{' '}
          dropped by relabelling. A click shows what each rule did.
        </p>
      )}
      <VirtualRows
        className="fill"
        label="What was discovered"
        count={shown.length}
        rowHeight={narrow ? 48 : 26}
        row={(i) => {
          const one = shown[i];
          return (
            <div role="row" className={narrow ? 'row two-lines' : 'row'} key={`${one.pool} ${i}`}>
              <span role="cell" className={narrow ? 'first' : 'found'}>
                <span className={`badge ${one.target ? 'up' : 'dropped'}`}>
                  {one.target ? 'active' : 'dropped'}
                </span>{' '}
                <button type="button" className="plain link-like" onClick={() => setOpened(one)}>
                  {one.pool} <span className="dim">{one.discovered.__address__}</span>
                </button>
              </span>
              <span role="cell" className={narrow ? 'second' : 'grow'}>
                <SeriesName labels={one.target?.labels ?? one.discovered} />
              </span>
            </div>
          );
        }}
      />
      {opened && <TargetDialog {...opened} close={() => setOpened(undefined)} />}
    </>
  );
}

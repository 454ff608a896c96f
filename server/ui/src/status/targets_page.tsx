import { useMemo, useState } from 'react';
import type { Target, Targets } from '../api/types';
import { usePolled } from '../api/use_polled';
import { roughDuration } from '../format/duration';
import { formatCount, formatValue, plural } from '../format/number';
import { Notices } from '../parts/notices';
import { TargetLabels } from '../parts/series_name';
import { Sparkline } from '../parts/sparkline';
import { useNarrow } from '../parts/use_narrow';
import { useParameter } from '../parts/use_parameter';
import { VirtualRows } from '../parts/virtual_rows';
import { sparkKey, useSparks } from './spark_data';
import { TargetDialog } from './target_dialog';
import { countPools, type Pool, selectTargets } from './targets';

const sparksUpTo = 500; // targets; their lines are one query
const noTargets: Target[] = [];

export function TargetsPage() {
  const asked = usePolled<Targets>('targets', 5000, { state: 'active' });
  const targets = asked.data?.activeTargets ?? noTargets;
  const [text, setText] = useParameter('search');
  const [health, setHealth] = useParameter('health');
  const [pool, setPool] = useParameter('pool');
  const [opened, setOpened] = useState<Target>();
  const pools = useMemo(() => countPools(targets), [targets]);
  const shown = useMemo(
    () => selectTargets(targets, { text, health, pool }),
    [targets, text, health, pool],
  );
  const few = targets.length > 0 && targets.length <= sparksUpTo;
  const durations = useSparks(few ? 'scrape_duration_seconds' : undefined);
  const samples = useSparks(few ? 'scrape_samples_scraped' : undefined);
  const narrow = useNarrow();

  return (
    <>
      <div className="bar">
        <h1>Targets</h1>
        <HealthButtons targets={targets} chosen={health} choose={setHealth} />
        <input
          type="search"
          placeholder="Search: words, or label=value"
          aria-label="Search targets"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <PoolButtons pools={pools} chosen={pool} choose={setPool} />
      <Notices of={[asked]} />
      {asked.data && targets.length === 0 && (
        <p className="empty">
          No target is scraped: the configuration has no <code>scrape_configs</code>, or nothing was
          discovered.
        </p>
      )}
      {targets.length > 0 && (
        <p className="note" role="status">
          {shown.length === targets.length
            ? plural(targets.length, 'target')
            : `${formatCount(shown.length)} of ${plural(targets.length, 'target')}`}
        </p>
      )}
      <VirtualRows
        className="targets fill"
        label="Targets"
        count={shown.length}
        rowHeight={narrow ? 48 : 28}
        header={narrow ? undefined : <Head />}
        row={(i) => {
          const target = shown[i];
          const key = sparkKey(target.labels.job, target.labels.instance);
          return (
            <Row
              key={`${target.scrapePool} ${target.scrapeUrl} ${i}`}
              target={target}
              narrow={narrow}
              open={() => setOpened(target)}
              duration={durations.get(key)}
              samples={samples.get(key)}
            />
          );
        }}
      />
      {opened && (
        <TargetDialog
          pool={opened.scrapePool}
          discovered={opened.discoveredLabels}
          target={opened}
          close={() => setOpened(undefined)}
        />
      )}
    </>
  );
}

function HealthButtons({
  targets,
  chosen,
  choose,
}: {
  targets: Target[];
  chosen: string;
  choose: (health: string) => void;
}) {
  return (
    <span className="group" role="group" aria-label="Health">
      {['', 'up', 'down', 'unknown'].map((health) => {
        const count =
          health === '' ? targets.length : targets.filter((one) => one.health === health).length;
        return (
          <button
            type="button"
            key={health}
            aria-pressed={chosen === health}
            onClick={() => choose(health)}
          >
            {health === '' ? 'All' : health}{' '}
            <b className={count > 0 ? health : ''}>{formatCount(count)}</b>
          </button>
        );
      })}
    </span>
  );
}

function PoolButtons({
  pools,
  chosen,
  choose,
}: {
  pools: Pool[];
  chosen: string;
  choose: (pool: string) => void;
}) {
  if (pools.length < 2) return null;
  return (
    <div className="pools" role="group" aria-label="Scrape pools">
      {pools.map(({ name, up, down, unknown }) => (
        <button
          type="button"
          key={name}
          aria-pressed={chosen === name}
          className={down > 0 ? 'has-down' : ''}
          onClick={() => choose(chosen === name ? '' : name)}
        >
          {name}{' '}
          <span className={down > 0 ? 'down' : 'dim'}>
            {formatCount(up)}/{formatCount(up + down + unknown)}
          </span>
        </button>
      ))}
    </div>
  );
}

function Head() {
  return (
    <div role="row" className="row head">
      <span role="columnheader" className="state">
        State
      </span>
      <span role="columnheader" className="endpoint">
        Endpoint
      </span>
      <span role="columnheader" className="grow">
        Labels, or why it is down
      </span>
      <span role="columnheader" className="ago">
        Last scrape
      </span>
      <span role="columnheader" className="took">
        Took
      </span>
      <span role="columnheader" className="spark">
        Last hour
      </span>
      <span role="columnheader" className="spark">
        Samples
      </span>
    </div>
  );
}

function Row({
  target,
  narrow,
  open,
  duration,
  samples,
}: {
  target: Target;
  narrow: boolean;
  open: () => void;
  duration: Float64Array | undefined;
  samples: Float64Array | undefined;
}) {
  const last = Date.parse(target.lastScrape);
  const scraped = last > 0;
  const took = scraped ? formatValue(target.lastScrapeDuration, 'seconds', 3) : '';
  const endpoint = (
    <button
      type="button"
      className="plain link-like"
      onClick={open}
      title={`All about ${target.scrapeUrl}`}
    >
      {target.scrapeUrl}
    </button>
  );
  const state = <span className={`badge ${target.health}`}>{target.health}</span>;
  const about = target.lastError ? (
    <span className="down" title={target.lastError}>
      {target.failureReason && <span className="badge down">{target.failureReason}</span>}{' '}
      {target.lastError}
    </span>
  ) : (
    <TargetLabels labels={target.labels} />
  );
  if (narrow) {
    return (
      <div role="row" className="row two-lines">
        <span role="cell" className="first">
          {state} <span className="grow">{endpoint}</span> <span className="dim">{took}</span>
        </span>
        <span role="cell" className="second">
          {about}
        </span>
      </div>
    );
  }
  return (
    <div role="row" className="row">
      <span role="cell" className="state">
        {state}
      </span>
      <span role="cell" className="endpoint">
        {endpoint}
      </span>
      <span role="cell" className="grow">
        {about}
      </span>
      <span role="cell" className="ago number">
        {scraped ? `${roughDuration(Math.max(0, Date.now() - last))} ago` : 'not yet'}
      </span>
      <span role="cell" className="took number">
        {took}
      </span>
      <span role="cell" className="spark">
        <Sparkline values={duration} label="Duration over an hour" />
      </span>
      <span role="cell" className="spark">
        <Sparkline values={samples} label="Samples over an hour" />
      </span>
    </div>
  );
}

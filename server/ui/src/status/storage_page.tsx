import type { Block, SelfMetric, TsdbStatus } from '../api/types';
import { usePolled } from '../api/use_polled';
import { roughDuration } from '../format/duration';
import { formatCount } from '../format/number';
import { formatTime } from '../format/time';
import type { Unit } from '../format/unit';
import { Fact, Facts } from '../parts/facts';
import { Notices } from '../parts/notices';
import { type RuntimeInfo, SelfMetrics } from './runtime';

export function StoragePage() {
  const tsdb = usePolled<TsdbStatus>('status/tsdb', 10_000, { limit: 1 });
  const answered = usePolled<{ blocks: Block[] }>('status/tsdb/blocks', 10_000);
  const own = usePolled<SelfMetric[]>('status/self_metrics', 10_000);
  const runtime = usePolled<RuntimeInfo>('status/runtimeinfo');
  const metrics = new SelfMetrics(own.data);
  const show = (name: string, unit?: Unit) => metrics.text(name, unit);
  const head = tsdb.data?.headStats;
  const blocks = [...(answered.data?.blocks ?? [])].sort((a, b) => b.minTime - a.minTime);
  const filled = head !== undefined && head.numSeries > 0;
  return (
    <>
      <div className="bar">
        <h1>Storage</h1>
      </div>
      <Notices of={[tsdb, answered, own, runtime]} />
      {head && (
        <div className="columns">
          <section>
            <h2>In memory</h2>
            <Facts>
              <Fact name="Series">{formatCount(head.numSeries)}</Fact>
              <Fact name="Chunks">{formatCount(head.chunkCount)}</Fact>
              <Fact name="Label pairs">{formatCount(head.numLabelPairs)}</Fact>
              <Fact name="From">{filled ? formatTime(head.minTime) : '–'}</Fact>
              <Fact name="To">{filled ? formatTime(head.maxTime) : '–'}</Fact>
              <Fact name="Samples appended">
                {show('prometheus_tsdb_head_samples_appended_total')}
              </Fact>
              <Fact name="Of them out of order">
                {show('prometheus_tsdb_head_out_of_order_samples_appended_total')}
              </Fact>
              <Fact name="Series made">{show('prometheus_tsdb_head_series_created_total')}</Fact>
              <Fact name="Mapped chunk files">
                {show('prometheus_tsdb_head_chunks_storage_size_bytes', 'bytes')}
              </Fact>
            </Facts>
          </section>
          <section>
            <h2>Write-ahead log</h2>
            <Facts>
              <Fact name="Segment being written">
                {show('prometheus_tsdb_wal_segment_current')}
              </Fact>
              <Fact name="Written since the start">
                {show('narthex_tsdb_wal_written_bytes_total', 'bytes')}
              </Fact>
              <Fact name="Size">{show('prometheus_tsdb_wal_storage_size_bytes', 'bytes')}</Fact>
            </Facts>
          </section>
          <section>
            <h2>On disk</h2>
            <Facts>
              <Fact name="Blocks">{show('prometheus_tsdb_blocks_loaded')}</Fact>
              <Fact name="Size">{show('prometheus_tsdb_storage_blocks_bytes', 'bytes')}</Fact>
              <Fact name="Damaged">{show('narthex_tsdb_damaged_blocks')}</Fact>
              <Fact name="Compactions">{show('prometheus_tsdb_compactions_total')}</Fact>
              <Fact name="Failed compactions">
                {show('prometheus_tsdb_compactions_failed_total')}
              </Fact>
              <Fact name="Removed by retention">{show('narthex_tsdb_blocks_removed_total')}</Fact>
              <Fact name="Retention">{runtime.data?.storageRetention}</Fact>
            </Facts>
          </section>
        </div>
      )}
      {answered.data && (
        <>
          <h2>Blocks</h2>
          {blocks.length === 0 ? (
            <p className="empty">
              None yet: what is in memory becomes the first block after about three hours.
            </p>
          ) : (
            <>
              <TimeLine blocks={blocks} head={filled ? head : undefined} />
              <BlockTable blocks={blocks} />
            </>
          )}
        </>
      )}
    </>
  );
}

// Blocks by time from left to right, a row a compaction level, and what is in memory below.
function TimeLine({
  blocks,
  head,
}: {
  blocks: Block[];
  head?: { minTime: number; maxTime: number };
}) {
  const from = Math.min(...blocks.map((block) => block.minTime), head?.minTime ?? Infinity);
  const to = Math.max(...blocks.map((block) => block.maxTime), head?.maxTime ?? -Infinity);
  const percent = (time: number) => (100 * (time - from)) / Math.max(1, to - from);
  const levels = [...new Set(blocks.map((block) => block.compaction.level))].sort((a, b) => b - a);
  const bar = (key: string, min: number, max: number, title: string, className: string) => (
    <span
      key={key}
      className={className}
      title={title}
      style={{ left: `${percent(min)}%`, width: `${Math.max(0.15, percent(max) - percent(min))}%` }}
    />
  );
  return (
    <div className="time-line" aria-hidden="true">
      {levels.map((level) => (
        <div className="time-row" key={level}>
          <span className="dim">level {level}</span>
          <div>
            {blocks
              .filter((block) => block.compaction.level === level)
              .map((block) =>
                bar(
                  block.ulid,
                  block.minTime,
                  block.maxTime,
                  `${block.ulid}\n${formatTime(block.minTime)} – ${formatTime(block.maxTime)}`,
                  'block',
                ),
              )}
          </div>
        </div>
      ))}
      {head && (
        <div className="time-row">
          <span className="dim">memory</span>
          <div>{bar('head', head.minTime, head.maxTime, 'in memory', 'block head')}</div>
        </div>
      )}
      <div className="time-row">
        <span />
        <div className="time-ends dim">
          <span>{formatTime(from)}</span>
          <span>{formatTime(to)}</span>
        </div>
      </div>
    </div>
  );
}

function BlockTable({ blocks }: { blocks: Block[] }) {
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr>
            <th>Block</th>
            <th>From</th>
            <th>Length</th>
            <th className="number">Level</th>
            <th className="number">Series</th>
            <th className="number">Samples</th>
            <th className="number">Chunks</th>
            <th className="number">Tombstones</th>
          </tr>
        </thead>
        <tbody>
          {blocks.map(({ ulid, minTime, maxTime, stats, compaction }) => (
            <tr key={ulid}>
              <td>
                <code>{ulid}</code>
              </td>
              <td>{formatTime(minTime)}</td>
              <td>{roughDuration(maxTime - minTime)}</td>
              <td className="number">{compaction.level}</td>
              <td className="number">{formatCount(stats?.numSeries ?? 0)}</td>
              <td className="number">{formatCount(stats?.numSamples ?? 0)}</td>
              <td className="number">{formatCount(stats?.numChunks ?? 0)}</td>
              <td className="number">{formatCount(stats?.numTombstones ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

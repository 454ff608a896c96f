import type { SelfMetric } from '../api/types';
import { usePolled } from '../api/use_polled';
import { roughDuration } from '../format/duration';
import { formatCount, formatValue } from '../format/number';
import { formatTime } from '../format/time';
import type { Unit } from '../format/unit';
import { Fact, Facts } from '../parts/facts';
import { Notices } from '../parts/notices';
import { useNow } from '../parts/use_now';
import { type BuildInfo, type RuntimeInfo, SelfMetrics } from './runtime';

type Features = Record<string, Record<string, boolean>>;

export function RuntimePage() {
  const runtime = usePolled<RuntimeInfo>('status/runtimeinfo', 5000);
  const build = usePolled<BuildInfo>('status/buildinfo');
  const own = usePolled<SelfMetric[]>('status/self_metrics', 5000);
  const features = usePolled<Features>('features');
  const now = useNow();
  const metrics = new SelfMetrics(own.data);
  const show = (name: string, unit?: Unit) => metrics.text(name, unit);
  const started = Date.parse(runtime.data?.startTime ?? '');
  const cpu = metrics.value('process_cpu_seconds_total');
  return (
    <>
      <div className="bar">
        <h1>Runtime</h1>
      </div>
      <Notices of={[runtime, build, own, features]} />
      {runtime.data && build.data && own.data && (
        <div className="columns">
          <section>
            <h2>Server</h2>
            <Facts>
              <Fact name="Version">
                {build.data.application} {build.data.applicationVersion}
              </Fact>
              <Fact name="Works like Prometheus">{build.data.version}</Fact>
              <Fact name="Started">
                {formatTime(started)}, {roughDuration(now - started)} ago
              </Fact>
              <Fact name="Configuration loaded">
                {formatTime(Date.parse(runtime.data.lastConfigTime))}
              </Fact>
              <Fact name="Last reload">
                {runtime.data.reloadConfigSuccess ? (
                  <span className="up">went well</span>
                ) : (
                  <span className="down">failed: {runtime.data.lastReloadError}</span>
                )}
              </Fact>
              <Fact name="Working directory">
                <code>{runtime.data.CWD}</code>
              </Fact>
              <Fact name="Retention">{runtime.data.storageRetention}</Fact>
            </Facts>
          </section>
          <section>
            <h2>Process</h2>
            <Facts>
              <Fact name="Memory">{show('process_resident_memory_bytes', 'bytes')}</Fact>
              <Fact name="CPU time">{show('process_cpu_seconds_total', 'seconds')}</Fact>
              <Fact name="CPU on average">
                {cpu !== undefined &&
                  `${formatValue(cpu / ((now - started) / 1000), 'ratio', 2)} of a core`}
              </Fact>
              <Fact name="Files open">
                {show('process_open_fds')} of {show('process_max_fds')}
              </Fact>
              <Fact name="HTTP connections">
                {show('narthex_http_connections')} of {show('narthex_http_connections_limit')}
              </Fact>
              <Fact name="Queries under way">
                {show('prometheus_engine_queries')} of{' '}
                {show('prometheus_engine_queries_concurrent_max')}
              </Fact>
            </Facts>
          </section>
          <section>
            <h2>Scraping</h2>
            <Facts>
              <Fact name="Targets">{show('prometheus_target_scrape_pool_targets')}</Fact>
              <Fact name="Scrapes">{show('narthex_scrapes_total')}</Fact>
              <Fact name="Failed">
                {reasons(metrics.by('narthex_scrape_failures_total', 'reason'))}
              </Fact>
              <Fact name="Missed">{show('narthex_scrapes_missed_total')}</Fact>
              <Fact name="Waiting to be parsed">{show('narthex_scrape_queue_length')}</Fact>
              <Fact name="Samples appended">
                {show('prometheus_tsdb_head_samples_appended_total')}
              </Fact>
              <Fact name="Samples refused">
                {reasons(
                  refusals.map(([reason, name]) => [
                    reason,
                    metrics.value(`${name}_samples_total`) ?? 0,
                  ]),
                )}
              </Fact>
            </Facts>
          </section>
        </div>
      )}
      {features.data && (
        <>
          <h2>Features</h2>
          {Object.entries(features.data).map(([group, switches]) => (
            <details key={group}>
              <summary>
                {group.replaceAll('_', ' ')}{' '}
                <span className="dim">
                  {Object.values(switches).filter(Boolean).length} of {Object.keys(switches).length}{' '}
                  on
                </span>
              </summary>
              <p className="switches">
                {Object.entries(switches).map(([name, on]) => (
                  <span
                    key={name}
                    className={`badge ${on ? 'up' : 'dropped'}`}
                    title={on ? 'on' : 'off'}
                  >
                    {name}
                    {on ? '' : ' (off)'}
                  </span>
                ))}
              </p>
            </details>
          ))}
        </>
      )}
    </>
  );
}

const refusals = [
  ['out of order', 'prometheus_tsdb_out_of_order'],
  ['out of bounds', 'prometheus_tsdb_out_of_bound'],
  ['older than the window', 'prometheus_tsdb_too_old'],
  ['duplicate', 'narthex_tsdb_duplicate'],
] as const;

function reasons(counts: [string, number][]): string {
  const some = counts.filter(([, count]) => count > 0);
  return some.map(([reason, count]) => `${formatCount(count)} ${reason}`).join(', ') || '0';
}

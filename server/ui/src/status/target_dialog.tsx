import type { Labels, RelabelStep, Target } from '../api/types';
import { usePolled } from '../api/use_polled';
import { roughDuration } from '../format/duration';
import { formatValue } from '../format/number';
import { quote } from '../format/series';
import { Dialog } from '../parts/dialog';
import { Fact, Facts } from '../parts/facts';
import { LabelChanges, LabelList } from '../parts/label_list';
import { Notices } from '../parts/notices';
import { Sparkline } from '../parts/sparkline';
import { queryLink, webLink } from './query_link';
import { sparkKey, useSparks } from './spark_data';

interface Props {
  pool: string;
  discovered: Labels;
  target?: Target; // none for one that was dropped
  close: () => void;
}

// All about one target: how it does, and how relabelling made it of what was discovered.
export function TargetDialog({ pool, discovered, target, close }: Props) {
  const steps = usePolled<{ steps: RelabelStep[] }>('targets/relabel_steps', 0, {
    scrapePool: pool,
    labels: JSON.stringify(discovered),
  });
  return (
    <Dialog
      label="Target"
      title={target ? <Endpoint target={target} /> : `Dropped: ${discovered.__address__ ?? pool}`}
      large
      close={close}
    >
      {target && <Health target={target} />}
      <h3>Relabelling</h3>
      <Notices of={[steps]} />
      <div className="steps">
        <div>
          <b>Discovered</b>
          <LabelList labels={discovered} />
        </div>
        {steps.data?.steps.map((step, i, all) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps have no name, and do not move
          <div key={i}>
            <b>Rule {i + 1}</b>
            <pre>{ruleText(step.rule)}</pre>
            {step.keep ? (
              <LabelChanges before={i === 0 ? discovered : all[i - 1].output} after={step.output} />
            ) : (
              <p className="bad">The target is dropped here.</p>
            )}
          </div>
        ))}
        {target && (
          <div>
            <b>Target</b>
            <LabelList labels={target.labels} />
          </div>
        )}
      </div>
    </Dialog>
  );
}

function Endpoint({ target }: { target: Target }) {
  const link = webLink(target.globalUrl);
  if (!link) return target.scrapeUrl;
  return (
    <a href={link} target="_blank" rel="noopener noreferrer">
      {target.scrapeUrl}
    </a>
  );
}

function Health({ target }: { target: Target }) {
  const matchers = ['job', 'instance']
    .filter((name) => target.labels[name] !== undefined)
    .map((name) => `${name}=${quote(target.labels[name])}`);
  const selector = `{${matchers.join(',')}}`;
  const key = sparkKey(target.labels.job, target.labels.instance);
  const durations = useSparks(`scrape_duration_seconds${selector}`);
  const samples = useSparks(`scrape_samples_scraped${selector}`);
  const last = Date.parse(target.lastScrape);
  return (
    <>
      {target.lastError && (
        <p className="error">
          {target.failureReason && <span className="badge down">{target.failureReason}</span>}{' '}
          {target.lastError}
        </p>
      )}
      <Facts>
        <Fact name="State">
          <b className={target.health}>{target.health}</b>
        </Fact>
        <Fact name="Last scrape">
          {last > 0 ? `${roughDuration(Date.now() - last)} ago` : 'none yet'}
        </Fact>
        <Fact name="Interval, timeout">
          {target.scrapeInterval}, {target.scrapeTimeout}
        </Fact>
        <Fact name="Took">
          {formatValue(target.lastScrapeDuration, 'seconds', 3)}{' '}
          <Sparkline values={durations.get(key)} label="Duration over an hour" />
        </Fact>
        <Fact name="Samples">
          <Sparkline values={samples.get(key)} label="Samples over an hour" />
        </Fact>
        <Fact name="Query">
          <a href={queryLink(`up${selector}`)}>up</a>{' '}
          <a href={queryLink(`scrape_duration_seconds${selector}`)}>duration</a>{' '}
          <a href={queryLink(`scrape_samples_scraped${selector}`)}>samples</a>
        </Fact>
      </Facts>
    </>
  );
}

// A rule as it stands in the configuration.
function ruleText(rule: Record<string, unknown>): string {
  return Object.entries(rule)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n');
}

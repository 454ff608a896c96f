import type { NamedCount, TsdbStatus } from '../api/types';
import { usePolled } from '../api/use_polled';
import { formatCount, formatValue, plural } from '../format/number';
import { labelName, quote } from '../format/series';
import { Notices } from '../parts/notices';
import { useParameter } from '../parts/use_parameter';
import { pairMatcher, queryLink } from './query_link';

const limits = [10, 25, 100, 1000];

export function CardinalityPage() {
  const [limit, setLimit] = useParameter('limit');
  const shown = limits.includes(Number(limit)) ? Number(limit) : 25;
  const tsdb = usePolled<TsdbStatus>('status/tsdb', 30_000, { limit: shown });
  const { data } = tsdb;
  const series = data?.headStats.numSeries ?? 0;
  return (
    <>
      <div className="bar">
        <h1>Cardinality</h1>
        {data && <span className="dim">of the {plural(series, 'series', 'series')} in memory</span>}
        <label>
          Show{' '}
          <select value={shown} onChange={(event) => setLimit(event.target.value)}>
            {limits.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      </div>
      <Notices of={[tsdb]} />
      {data && (
        <div className="columns two">
          <Counts
            title="Metrics with the most series"
            counts={data.seriesCountByMetricName}
            whole={series}
            link={(name) => queryLink(`count by (job) ({__name__=${quote(name)}})`, 'table')}
          />
          <Counts
            title="Label pairs with the most series"
            counts={data.seriesCountByLabelValuePair}
            whole={series}
            link={(pair) =>
              queryLink(`topk(20, count by (__name__) ({${pairMatcher(pair)}}))`, 'table')
            }
          />
          <Counts
            title="Labels with the most values"
            counts={data.labelValueCountByLabelName}
            link={(name) =>
              queryLink(
                `topk(20, count by (${labelName(name)}) ({${labelName(name)}!=""}))`,
                'table',
              )
            }
          />
          <Counts
            title="Labels whose values take the most memory"
            counts={data.memoryInBytesByLabelName}
            bytes
          />
        </div>
      )}
    </>
  );
}

function Counts({
  title,
  counts,
  whole,
  bytes = false,
  link,
}: {
  title: string;
  counts: NamedCount[];
  whole?: number; // what the bars are parts of; else of the largest
  bytes?: boolean;
  link?: (name: string) => string;
}) {
  const most = Math.max(1, whole ?? counts[0]?.value ?? 1);
  return (
    <section>
      <h2>{title}</h2>
      <table className="counts">
        <tbody>
          {counts.map(({ name, value }) => (
            <tr key={name}>
              <td>
                {link ? (
                  <a href={link(name)}>
                    <code>{name}</code>
                  </a>
                ) : (
                  <code>{name}</code>
                )}
              </td>
              <td className="number">
                {bytes ? formatValue(value, 'bytes', 3) : formatCount(value)}
              </td>
              <td className="part">
                <span className="share wide-share">
                  <span style={{ width: `${Math.min(100, (100 * value) / most)}%` }} />
                </span>
              </td>
              <td className="number dim">{whole ? formatValue(value / most, 'ratio', 2) : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

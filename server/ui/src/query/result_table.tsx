import { useMemo, useState } from 'react';
import type { Histogram, InstantSeries } from '../api/types';
import { formatCount, formatValue, parseSample } from '../format/number';
import { seriesText } from '../format/series';
import { formatTime } from '../format/time';
import { SeriesName } from '../parts/series_name';
import { VirtualRows } from '../parts/virtual_rows';
import type { InstantAnswer } from './answer';

const wrapUpTo = 100; // series; more are rows of one height, made as they are scrolled to
const samplesShown = 500; // of one series

type Order = 'as answered' | 'rising' | 'falling';
const nextOrder: Record<Order, Order> = {
  'as answered': 'falling',
  falling: 'rising',
  rising: 'as answered',
};

export function ResultTable({ answer }: { answer: InstantAnswer }) {
  const { data } = answer;
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    return (
      <p className="single">
        <span className="dim">{data.resultType}</span> <code>{data.result[1]}</code>
      </p>
    );
  }
  if (data.result.length === 0) return <Empty />;
  return <SeriesTable series={data.result as InstantSeries[]} />;
}

export function Empty() {
  return (
    <p className="empty">
      Nothing matches at this time. A series is found for 5 minutes after its last sample, unless{' '}
      <code>--query.lookback-delta</code> says otherwise.
    </p>
  );
}

function SeriesTable({ series }: { series: InstantSeries[] }) {
  const [order, setOrder] = useState<Order>('as answered');
  const [filter, setFilter] = useState('');
  const rows = useMemo(() => arrange(series, order, filter), [series, order, filter]);
  const header = (
    <button
      type="button"
      className="plain"
      onClick={() => setOrder(nextOrder[order])}
      title="Sort by value"
    >
      Value {order === 'falling' ? '▾' : order === 'rising' ? '▴' : ''}
    </button>
  );
  return (
    <>
      {series.length > 10 && (
        <div className="bar">
          <input
            type="search"
            placeholder="Filter these series"
            aria-label="Filter these series"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
          />
          {filter && <span className="dim">{formatCount(rows.length)} shown</span>}
        </div>
      )}
      {rows.length <= wrapUpTo ? (
        <table className="results">
          <thead>
            <tr>
              <th>Series</th>
              <th className="number">{header}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={seriesText(one.metric)}>
                <td>
                  <SeriesName labels={one.metric} />
                </td>
                <td className="number">
                  <Values series={one} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <VirtualRows
          className="results tall"
          label="Series"
          count={rows.length}
          rowHeight={24}
          header={
            <div role="row" className="row head">
              <span role="columnheader" className="grow">
                Series
              </span>
              <span role="columnheader">{header}</span>
            </div>
          }
          row={(i) => (
            <div role="row" className="row" key={i}>
              <span role="cell" className="grow" title={seriesText(rows[i].metric)}>
                <SeriesName labels={rows[i].metric} />
              </span>
              <span role="cell" className="number">
                {shortValue(rows[i])}
              </span>
            </div>
          )}
        />
      )}
    </>
  );
}

function arrange(series: InstantSeries[], order: Order, filter: string): InstantSeries[] {
  const wanted = filter.toLowerCase();
  const kept = wanted
    ? series.filter((one) => seriesText(one.metric).toLowerCase().includes(wanted))
    : series;
  if (order === 'as answered') return kept;
  const sign = order === 'rising' ? 1 : -1;
  const key = (one: InstantSeries) =>
    one.value ? parseSample(one.value[1]) : Number.NEGATIVE_INFINITY;
  return [...kept].sort((a, b) => sign * (key(a) - key(b) || 0));
}

function shortValue(series: InstantSeries): string {
  if (series.value) return series.value[1];
  if (series.histogram) return histogramText(series.histogram[1]);
  return `${(series.values?.length ?? 0) + (series.histograms?.length ?? 0)} samples`;
}

function histogramText(histogram: Histogram): string {
  return `${histogram.count} observed, sum ${formatValue(parseSample(histogram.sum), 'none', 6)}`;
}

function Values({ series }: { series: InstantSeries }) {
  if (series.value) return <>{series.value[1]}</>;
  if (series.histogram) return <HistogramBars histogram={series.histogram[1]} />;
  const values = series.values ?? [];
  return (
    <details open={values.length <= 20}>
      <summary>{shortValue(series)}</summary>
      <ol className="samples">
        {values.slice(-samplesShown).map(([time, value]) => (
          <li key={time}>
            {value} <span className="dim">{formatTime(time * 1000)}</span>
          </li>
        ))}
        {series.histograms?.slice(-samplesShown).map(([time, histogram]) => (
          <li key={time}>
            {histogramText(histogram)} <span className="dim">{formatTime(time * 1000)}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function HistogramBars({ histogram }: { histogram: Histogram }) {
  const buckets = histogram.buckets ?? [];
  const most = Math.max(...buckets.map((bucket) => Number(bucket[3])), 0);
  return (
    <div className="histogram">
      <div>{histogramText(histogram)}</div>
      {buckets.map(([bounds, low, high, count]) => (
        <div key={`${low} ${high}`} className="bucket">
          <span className="dim">
            {bounds === 1 || bounds === 3 ? '[' : '('}
            {formatValue(parseSample(low), 'none', 3)}, {formatValue(parseSample(high), 'none', 3)}
            {bounds === 0 || bounds === 3 ? ']' : ')'}
          </span>
          <span className="bucket-bar">
            <span style={{ width: `${most > 0 ? (100 * Number(count)) / most : 0}%` }} />
          </span>
          <span>{formatValue(Number(count))}</span>
        </div>
      ))}
    </div>
  );
}

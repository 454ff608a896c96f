// Histograms as a grid: buckets upwards, steps to the right, counts as depth of colour.

import { formatValue, parseSample } from '../format/number';
import type { Unit } from '../format/unit';
import type { Column, RangeAnswer } from './answer';

export interface Row {
  low: number; // what it counts is above this
  high: number; // and not above this
  counts: Float64Array; // by step; NaN where there is none
}

export interface Heatmap {
  rows: Row[]; // rising, each beginning where the one below ends
  max: number;
}

const mostRows = 200;

// From classic histograms, that is series with `le`, or native ones; several are added up. Undefined where
// the answer has neither.
export function toHeatmap(answer: RangeAnswer): Heatmap | undefined {
  const points = answer.times.length;
  let rows = answer.columns.some((column) => column.histograms?.length)
    ? nativeRows(answer.columns, points)
    : classicRows(answer.columns, points);
  if (rows.length === 0) return undefined;
  while (rows.length > mostRows) rows = pairwise(rows);
  let max = 0;
  for (const { counts } of rows) for (const count of counts) if (count > max) max = count;
  return { rows, max };
}

const noCounts = (points: number) => new Float64Array(points).fill(Number.NaN);

function addTo(counts: Float64Array, i: number, count: number) {
  counts[i] = Number.isNaN(counts[i]) ? count : counts[i] + count;
}

// Native histograms have only the buckets that count something; a row without counts stands for those between.
function nativeRows(columns: Column[], points: number): Row[] {
  const byHigh = new Map<number, Row>();
  for (const { histograms = [] } of columns) {
    for (const [step, histogram] of histograms) {
      for (const [, lower, upper, count] of histogram.buckets ?? []) {
        const [low, high] = [parseSample(lower), parseSample(upper)];
        const row = byHigh.get(high) ?? { low, high, counts: noCounts(points) };
        byHigh.set(high, row);
        row.low = Math.min(row.low, low);
        addTo(row.counts, step, Number(count));
      }
    }
  }
  const rows: Row[] = [];
  for (const row of [...byHigh.values()].sort((a, b) => a.high - b.high)) {
    const below = rows.at(-1)?.high ?? row.low;
    if (row.low > below) rows.push({ low: below, high: row.low, counts: noCounts(points) });
    rows.push({ ...row, low: Math.max(row.low, below) });
  }
  return rows;
}

// Classic buckets count all that is below their bound: a row is what a bucket has more than the one below.
function classicRows(columns: Column[], points: number): Row[] {
  const cumulative = new Map<number, Float64Array>();
  for (const { labels, values } of columns) {
    if (labels.le === undefined) continue;
    const bound = parseSample(labels.le);
    const counts = cumulative.get(bound) ?? noCounts(points);
    cumulative.set(bound, counts);
    values.forEach((value, i) => {
      if (Number.isFinite(value)) addTo(counts, i, value);
    });
  }
  const bounds = [...cumulative.keys()].sort((a, b) => a - b);
  return bounds.map((high, i) => {
    const under = cumulative.get(bounds[i - 1]);
    const counts = (cumulative.get(high) as Float64Array).map((count, at) =>
      Math.max(0, count - (under && !Number.isNaN(under[at]) ? under[at] : 0)),
    );
    return { low: bounds[i - 1] ?? Number.NEGATIVE_INFINITY, high, counts };
  });
}

// Half as many rows, each of two.
function pairwise(rows: Row[]): Row[] {
  const merged: Row[] = [];
  for (let i = 0; i < rows.length; i += 2) {
    const [lower, upper = lower] = [rows[i], rows[i + 1]];
    const counts = lower.counts.slice();
    if (upper !== lower) {
      upper.counts.forEach((count, at) => {
        if (!Number.isNaN(count)) addTo(counts, at, count);
      });
    }
    merged.push({ low: lower.low, high: upper.high, counts });
  }
  return merged;
}

// What a row says of itself: the range of values that it counts.
export function rowName({ low, high }: Row, unit: Unit): string {
  const upper = formatValue(high, unit, 3);
  return low === Number.NEGATIVE_INFINITY
    ? `≤ ${upper}`
    : `${formatValue(low, unit, 3)} – ${upper}`;
}

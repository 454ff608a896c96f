// Histograms as a grid: buckets upwards, steps to the right, counts as depth of colour.

import { formatValue, parseSample } from '../format/number';
import type { Unit } from '../format/unit';
import type { Column, RangeAnswer } from './answer';

export interface Heatmap {
  bounds: number[]; // the upper bounds of the rows, rising
  counts: Float64Array[]; // of each row, by step; NaN where there is none
  max: number;
}

const mostRows = 200;

// From classic histograms, that is series with `le`, or native ones; several are added up. Undefined where
// the answer has neither.
export function toHeatmap(answer: RangeAnswer): Heatmap | undefined {
  const points = answer.times.length;
  const rows = answer.columns.some((column) => column.histograms?.length)
    ? nativeRows(answer.columns, points)
    : classicRows(answer.columns, points);
  if (rows.size === 0) return undefined;
  const bounds = [...rows.keys()].sort((a, b) => a - b).slice(0, mostRows);
  const counts = bounds.map((bound) => rows.get(bound) as Float64Array);
  let max = 0;
  for (const row of counts) for (const count of row) if (count > max) max = count;
  return { bounds, counts, max };
}

function rowOf(rows: Map<number, Float64Array>, bound: number, points: number): Float64Array {
  let row = rows.get(bound);
  if (!row) {
    row = new Float64Array(points).fill(Number.NaN);
    rows.set(bound, row);
  }
  return row;
}

function addTo(row: Float64Array, i: number, count: number) {
  row[i] = Number.isNaN(row[i]) ? count : row[i] + count;
}

function nativeRows(columns: Column[], points: number): Map<number, Float64Array> {
  const rows = new Map<number, Float64Array>();
  for (const { histograms = [] } of columns) {
    for (const [step, histogram] of histograms) {
      for (const [, , upper, count] of histogram.buckets ?? []) {
        addTo(rowOf(rows, parseSample(upper), points), step, Number(count));
      }
    }
  }
  return rows;
}

// Classic buckets count all that is below their bound: a row is what a bucket has more than the one below.
function classicRows(columns: Column[], points: number): Map<number, Float64Array> {
  const cumulative = new Map<number, Float64Array>();
  for (const { labels, values } of columns) {
    if (labels.le === undefined) continue;
    const row = rowOf(cumulative, parseSample(labels.le), points);
    values.forEach((value, i) => {
      if (Number.isFinite(value)) addTo(row, i, value);
    });
  }
  let below: Float64Array | undefined;
  const rows = new Map<number, Float64Array>();
  for (const bound of [...cumulative.keys()].sort((a, b) => a - b)) {
    const row = cumulative.get(bound) as Float64Array;
    const under = below;
    rows.set(
      bound,
      row.map((count, i) => Math.max(0, count - (under && !Number.isNaN(under[i]) ? under[i] : 0))),
    );
    below = row;
  }
  return rows;
}

// What a row says of itself: the range of values that it counts.
export function rowName(heatmap: Heatmap, row: number, unit: Unit): string {
  const low = row === 0 ? undefined : formatValue(heatmap.bounds[row - 1], unit, 3);
  const high = formatValue(heatmap.bounds[row], unit, 3);
  return low === undefined ? `≤ ${high}` : `${low} – ${high}`;
}

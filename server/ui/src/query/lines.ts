// The lines of a graph: which of an answer's columns are drawn, and their numbers as the plotter wants them.

import type { Labels } from '../api/types';
import { seriesText } from '../format/series';
import type { Column, RangeAnswer } from './answer';

export interface Line {
  labels: Labels;
  name: string;
  before: boolean; // of the time that is compared with
  colour: number; // the same for a line and what it is compared with
  values: Float64Array;
  last: number;
  min: number;
  max: number;
  mean: number;
}

export function toLine(column: Column, colour: number, before = false): Line {
  let last = Number.NaN;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let count = 0;
  for (const value of column.values) {
    if (Number.isNaN(value)) continue;
    last = value;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count++;
  }
  const { labels, values } = column;
  const empty = count === 0;
  return {
    labels,
    name: seriesText(labels),
    before,
    colour,
    values,
    last,
    min: empty ? Number.NaN : min,
    max: empty ? Number.NaN : max,
    mean: sum / count,
  };
}

// The lines of an answer, and those of the time before in the colour of their twins.
export function toLines(answer: RangeAnswer, earlier?: RangeAnswer): Line[] {
  const lines = answer.columns.map((column, i) => toLine(column, i));
  if (!earlier) return lines;
  const colours = new Map(lines.map((line) => [line.name, line.colour]));
  let next = lines.length;
  for (const column of earlier.columns) {
    lines.push(toLine(column, colours.get(seriesText(column.labels)) ?? next++, true));
  }
  return lines;
}

export type Plotted = ArrayLike<number | null>;

// The plotter draws null as a gap; it has no place for infinity.
export function plain(values: Float64Array): (number | null)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

// Each line on the sum of those before it.
export function stacked(lines: Line[]): Plotted[] {
  const length = lines[0]?.values.length ?? 0;
  const sums = new Float64Array(length);
  return lines.map((line) =>
    Array.from(line.values, (value, i) => {
      if (!Number.isFinite(value)) return null;
      sums[i] += value;
      return sums[i];
    }),
  );
}

// Where a value stands alone, so that no line shows it.
export function lonePoints(values: ArrayLike<number | null | undefined>): number[] {
  const lone: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) lone.push(i);
  }
  return lone;
}

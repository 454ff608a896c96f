// Answers to queries as the page works on them, and their making from JSON. Runs in the worker.

import type {
  ExplainNode,
  Histogram,
  InstantData,
  Labels,
  QueryStats,
  RangeSeries,
} from '../api/types';
import { parseSample } from '../format/number';

export interface AnswerNotes {
  stats?: QueryStats;
  explain?: ExplainNode;
  warnings: string[];
  infos: string[];
  tookMs: number; // request, transfer and parsing
}

export interface Column {
  labels: Labels;
  values: Float64Array; // one a step; NaN where there is none
  histograms?: [number, Histogram][]; // step, value
}

export interface RangeAnswer extends AnswerNotes {
  times: Float64Array; // seconds
  columns: Column[];
}

export interface InstantAnswer extends AnswerNotes {
  data: InstantData;
}

export interface Grid {
  start: number; // seconds, as all here
  step: number;
  points: number;
}

export function gridTimes(grid: Grid): Float64Array {
  return Float64Array.from({ length: grid.points }, (_, i) => grid.start + i * grid.step);
}

// A series as a column over the steps that were asked for.
export function toColumn(series: RangeSeries, grid: Grid): Column {
  const values = new Float64Array(grid.points).fill(Number.NaN);
  const place = (time: number) => Math.round((time - grid.start) / grid.step);
  for (const [time, text] of series.values ?? []) {
    const at = place(time);
    if (at >= 0 && at < grid.points) values[at] = parseSample(text);
  }
  const histograms = series.histograms?.map(([time, histogram]): [number, Histogram] => [
    place(time),
    histogram,
  ]);
  return { labels: series.metric, values, ...(histograms && { histograms }) };
}

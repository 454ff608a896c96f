import { expect, test } from 'vitest';
import type { Histogram } from '../api/types';
import { gridTimes, toColumn } from './answer';
import { rowName, toHeatmap } from './heatmap';

const grid = { start: 100, step: 10, points: 4 };
const answer = (...columns: ReturnType<typeof toColumn>[]) => ({
  times: gridTimes(grid),
  columns,
  warnings: [],
  infos: [],
  tookMs: 0,
});
const native = (buckets: Histogram['buckets'], at = 110) =>
  toColumn({ metric: {}, histograms: [[at, { count: '3', sum: '4', buckets }]] }, grid);
const bounds = (heatmap: ReturnType<typeof toHeatmap>) =>
  heatmap?.rows.map(({ low, high }) => [low, high]);

test('classic buckets become rows of what each has more than the one below', () => {
  const bucket = (le: string, value: string) =>
    toColumn({ metric: { le }, values: [[100, value]] }, grid);
  const heatmap = toHeatmap(answer(bucket('+Inf', '9'), bucket('0.5', '7'), bucket('0.1', '4')));
  expect(bounds(heatmap)).toEqual([
    [-Infinity, 0.1],
    [0.1, 0.5],
    [0.5, Infinity],
  ]);
  expect(heatmap?.rows.map(({ counts }) => counts[0])).toEqual([4, 3, 2]);
  expect(heatmap?.max).toBe(4);
  expect(heatmap?.rows.map((row) => rowName(row, 'seconds'))).toEqual([
    '≤ 100 ms',
    '100 ms – 500 ms',
    '500 ms – +Inf',
  ]);
});

test('native histograms of several series are added up', () => {
  const column = native([[0, '1', '2', '3']]);
  const heatmap = toHeatmap(answer(column, column));
  expect(bounds(heatmap)).toEqual([[1, 2]]);
  expect([...(heatmap?.rows[0].counts ?? [])]).toEqual([Number.NaN, 6, Number.NaN, Number.NaN]);
});

test('between native buckets that are apart there is a row without counts', () => {
  const heatmap = toHeatmap(
    answer(
      native([
        [0, '1', '2', '3'],
        [0, '8', '16', '1'],
      ]),
    ),
  );
  expect(bounds(heatmap)).toEqual([
    [1, 2],
    [2, 8],
    [8, 16],
  ]);
  expect([...(heatmap?.rows[1].counts ?? [])].every(Number.isNaN)).toBe(true);
});

test('of very many buckets neighbours share a row, and none is lost', () => {
  const buckets = Array.from({ length: 401 }, (_, i): [number, string, string, string] => [
    0,
    String(i),
    String(i + 1),
    '1',
  ]);
  const heatmap = toHeatmap(answer(native(buckets)));
  expect(heatmap?.rows.length).toBe(101);
  expect(heatmap?.rows.reduce((sum, { counts }) => sum + counts[1], 0)).toBe(401);
  expect(heatmap?.rows.at(-1)?.high).toBe(401);
  expect(heatmap?.max).toBe(4);
});

test('no heat map without histograms', () => {
  const column = toColumn({ metric: { a: 'b' }, values: [[100, '1']] }, grid);
  expect(toHeatmap(answer(column))).toBeUndefined();
});

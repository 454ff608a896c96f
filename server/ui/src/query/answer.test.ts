import { expect, test } from 'vitest';
import { gridTimes, toColumn } from './answer';
import { lonePoints, plain, stacked, toLine, toLines } from './lines';

const grid = { start: 100, step: 10, points: 4 };
const series = (metric: Record<string, string>, ...values: [number, string][]) =>
  toColumn({ metric, values }, grid);
const answer = (...columns: ReturnType<typeof series>[]) => ({
  times: gridTimes(grid),
  columns,
  warnings: [],
  infos: [],
  tookMs: 0,
});

test('samples stand at their steps, and nothing where there is none', () => {
  const { values } = series({}, [100, '1'], [120, '+Inf'], [130, 'NaN'], [990, '5']);
  expect([...values]).toEqual([1, Number.NaN, Infinity, Number.NaN]);
  expect(plain(values)).toEqual([1, null, null, null]);
});

test('a line knows where it was', () => {
  const line = toLine(series({ a: 'b' }, [100, '1'], [110, '5'], [120, '3']), 0);
  expect(line).toMatchObject({ name: '{a="b"}', last: 3, min: 1, max: 5, mean: 3 });
  expect(toLine(series({}), 0).last).toBeNaN();
});

test('a line of the time before has the colour of its twin', () => {
  const [a, b, c] = [series({ x: 'a' }), series({ x: 'b' }), series({ x: 'c' })];
  const lines = toLines(answer(a, b), answer(b, c));
  expect(lines.map(({ colour, before }) => [colour, before])).toEqual([
    [0, false],
    [1, false],
    [1, true],
    [2, true],
  ]);
});

test('stacked lines stand on the sum of those before', () => {
  const lines = toLines(
    answer(series({ x: 'a' }, [100, '1'], [110, '2']), series({ x: 'b' }, [110, '3'], [120, '4'])),
  );
  expect(stacked(lines)).toEqual([
    [1, 2, null, null],
    [null, 5, 4, null],
  ]);
});

test('only points without neighbours need a mark', () => {
  expect(lonePoints([1, null, 2, 3, null, 4])).toEqual([0, 5]);
});

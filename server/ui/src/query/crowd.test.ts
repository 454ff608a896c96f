import { expect, test } from 'vitest';
import { trace } from './crowd';

function traced(xs: number[], values: (number | null)[]) {
  const steps: string[] = [];
  const path = {
    moveTo: (x: number, y: number) => steps.push(`M${x} ${y}`),
    lineTo: (x: number, y: number) => steps.push(`L${x} ${y}`),
  };
  trace(path, xs, values, (value) => value);
  return steps.join(' ');
}

test('a line is broken where there is no value', () => {
  expect(traced([0, 1, 2, 3], [5, 6, null, 7])).toBe('M0 5 L1 6 M3 7');
  expect(traced([0, 1], [Number.NaN, Number.POSITIVE_INFINITY])).toBe('');
});

test('of many points on one pixel the lowest and the highest are drawn', () => {
  expect(traced([0, 1, 1, 1, 2], [5, 1, 9, 4, 6])).toBe('M0 5 L1 1 L1 9 L2 6');
});

import { expect, test } from 'vitest';
import { addToHistory } from './history';

test('history has each query once, the newest first, and no endless ones', () => {
  expect(addToHistory(['a', 'b'], ' b ')).toEqual(['b', 'a']);
  expect(addToHistory(['a'], '  ')).toEqual(['a']);
  expect(addToHistory(['a'], 'x'.repeat(10_001))).toEqual(['a']);
});

import { expect, test } from 'vitest';
import { addToHistory } from './history';
import { best, rank } from './ranked_completion';

test('what begins with the text goes before what has it inside', () => {
  const names = ['xmem', 'node_mem', 'mem_total', 'moment', 'cpu'].map((label) => ({ label }));
  expect(best(names, 'mem').map(({ label }) => label)).toEqual(['mem_total', 'node_mem', 'xmem']);
  expect(rank('node_memory_total', 'nmt')).toBe(0);
  expect(rank('cpu', 'mem')).toBe(-1);
});

test('history has each query once, the newest first, and no endless ones', () => {
  expect(addToHistory(['a', 'b'], ' b ')).toEqual(['b', 'a']);
  expect(addToHistory(['a'], '  ')).toEqual(['a']);
  expect(addToHistory(['a'], 'x'.repeat(10_001))).toEqual(['a']);
});

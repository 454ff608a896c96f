import { expect, test } from 'vitest';
import { replayedShare } from './replay';

test('the share of a replay counts the segments that are behind it', () => {
  expect(replayedShare({ min: 2, max: 5, current: 2, state: 'in progress' })).toBe(0);
  expect(replayedShare({ min: 2, max: 5, current: 4, state: 'in progress' })).toBe(0.5);
  expect(replayedShare({ min: 2, max: 5, current: 4 })).toBe(0.5);
  expect(replayedShare({ min: 0, max: 0, current: 0, state: 'done' })).toBe(1);
});

test('a replay that has not begun, or tells nonsense, is at its begin or its end', () => {
  expect(replayedShare({ min: 0, max: 0, current: 0, state: 'waiting' })).toBe(0);
  expect(replayedShare({ min: 3, max: -1, current: 0, state: 'in progress' })).toBe(0);
  expect(replayedShare({ min: 0, max: 1, current: 9, state: 'in progress' })).toBe(1);
});

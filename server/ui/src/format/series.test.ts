import { expect, test } from 'vitest';
import type { Labels } from '../api/types';
import { differingLabels, seriesText } from './series';

test('a series is written as the selector that finds it', () => {
  expect(seriesText({ __name__: 'up' })).toBe('up');
  expect(seriesText({})).toBe('{}');
  expect(seriesText({ __name__: 'up', job: 'a', b: 'c' })).toBe('up{b="c", job="a"}');
  expect(seriesText({ job: 'say "hi"\\\n' })).toBe('{job="say \\"hi\\"\\\\\\n"}');
  expect(seriesText({ __name__: 'has.dots', 'a b': '1' })).toBe('{"has.dots", "a b"="1"}');
});

test('labels that differ are those whose value is not the same everywhere', () => {
  const all: Labels[] = [
    { __name__: 'up', job: 'a', instance: '1' },
    { __name__: 'up', job: 'a', instance: '2', rack: 'x' },
  ];
  expect([...differingLabels(all)].sort()).toEqual(['instance', 'rack']);
  expect(differingLabels([]).size).toBe(0);
});

import { expect, test } from 'vitest';
import { readHits } from './search_hits';

test('hits come in batches, and only an answer that is whole counts', () => {
  const lines = [
    { results: [{ name: 'up', type: 'gauge', help: 'Up.' }, { name: 'go_info' }] },
    { results: [{ value: 'node' }] },
    { status: 'success', has_more: false },
  ];
  expect(readHits(lines).map(({ text }) => text)).toEqual(['up', 'go_info', 'node']);
  expect(readHits(lines)[0]).toEqual({ text: 'up', type: 'gauge', help: 'Up.' });
  expect(readHits(lines.slice(0, 2))).toEqual([]);
  expect(readHits([])).toEqual([]);
});

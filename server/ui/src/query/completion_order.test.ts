import { expect, test } from 'vitest';
import { best, marks, merged, rank } from './completion_order';

const nothing = async () => undefined;
const labels = (options: { label: string }[]) => options.map(({ label }) => label);

test('what begins with the text goes before what has it inside', () => {
  const names = ['xmem', 'node_mem', 'mem_total', 'moment', 'cpu'].map((label) => ({ label }));
  expect(labels(best(names, 'mem'))).toEqual(['mem_total', 'node_mem', 'xmem']);
  expect(rank('node_memory_total', 'nmt')).toBe(0);
  expect(rank('cpu', 'mem')).toBe(-1);
});

test('what the server found keeps its order, between the words of the language', () => {
  const options = [
    { label: 'rate', type: 'function' },
    { label: 'irate', type: 'function' },
    { label: 'sum', type: 'keyword' },
    { label: 'http_rate', type: 'constant' },
    { label: 'rate_limit', type: 'constant' },
  ];
  const hits = ['rate_limit', 'http_rate'].map((text) => ({ text, type: 'gauge', help: 'h' }));
  const found = merged(options, hits, 'rate', nothing);
  expect(labels(found)).toEqual(['rate', 'rate_limit', 'http_rate', 'irate']);
  expect(found[1]).toMatchObject({ detail: 'gauge', info: 'h' });
  expect(labels(merged(options, hits, '', nothing)).slice(0, 3)).toEqual([
    'rate_limit',
    'http_rate',
    'rate',
  ]);
});

test('what was typed is marked where it stands', () => {
  expect(marks('node_CPU', 'cpu')).toEqual([5, 8]);
  expect(marks('node_cpu', 'ncp')).toEqual([]);
});

import { expect, test } from 'vitest';
import type { Target } from '../api/types';
import { sparkPath } from '../parts/sparkline';
import { pairMatcher, webLink } from './query_link';
import { SelfMetrics } from './runtime';
import { countPools, selectTargets } from './targets';

const target = (
  scrapePool: string,
  health: Target['health'],
  labels: Record<string, string>,
  lastError = '',
) =>
  ({
    scrapePool,
    health,
    labels,
    discoveredLabels: {},
    scrapeUrl: 'http://h:1/metrics',
    lastError,
  }) as Target;

test('pools with targets that are down come first', () => {
  const pools = countPools([
    target('a', 'up', {}),
    target('z', 'down', {}),
    target('a', 'unknown', {}),
    target('z', 'up', {}),
  ]);
  expect(pools).toEqual([
    { name: 'z', up: 1, down: 1, unknown: 0 },
    { name: 'a', up: 1, down: 0, unknown: 1 },
  ]);
});

test('targets are selected by all that is asked for', () => {
  const targets = [
    target('a', 'up', { job: 'a', rack: 'r1' }),
    target('a', 'down', { job: 'a', rack: 'r2' }, 'connect: Connection refused'),
    target('b', 'down', { job: 'b', rack: 'r1' }),
  ];
  const all = { text: '', health: '', pool: '' };
  expect(selectTargets(targets, all)).toEqual([targets[1], targets[2], targets[0]]);
  expect(selectTargets(targets, { ...all, health: 'down', pool: 'a' })).toEqual([targets[1]]);
  expect(selectTargets(targets, { ...all, text: 'rack=r1' })).toEqual([targets[2], targets[0]]);
  expect(selectTargets(targets, { ...all, text: 'REFUSED connect' })).toEqual([targets[1]]);
});

test('only addresses of the web become links', () => {
  expect(webLink('http://h:9100/metrics')).toBe('http://h:9100/metrics');
  expect(webLink('javascript:alert(1)')).toBeUndefined();
  expect(webLink(' http://h')).toBeUndefined();
});

test('a pair is split at its first sign', () => {
  expect(pairMatcher('path=/a=b')).toBe('path="/a=b"');
  expect(pairMatcher('a.b=c')).toBe('"a.b"="c"');
});

test('own metrics are added up, and those that are not there stay unknown', () => {
  const metrics = new SelfMetrics([
    {
      name: 'failures',
      help: '',
      type: 'COUNTER',
      metric: [
        { label: [{ name: 'reason', value: 'dns' }], counter: { value: 1 } },
        { label: [{ name: 'reason', value: 'tls' }], counter: { value: 4 } },
      ],
    },
  ]);
  expect(metrics.value('failures')).toBe(5);
  expect(metrics.by('failures', 'reason')).toEqual([
    ['tls', 4],
    ['dns', 1],
  ]);
  expect(metrics.text('other')).toBeUndefined();
});

test('a spark line has gaps where nothing was', () => {
  expect(sparkPath([])).toBe('');
  expect(sparkPath([1, Number.NaN, 2, 3]).match(/M/g)).toHaveLength(2);
  expect(sparkPath([5, 5])).toBe('M1.0 9.0L89.0 9.0');
});

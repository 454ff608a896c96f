import { expect, test } from 'vitest';
import { makeFilter } from './filter';

const row = { labels: { Rack: 'R1', job: 'node' } };
const filter = makeFilter((one: typeof row) => [['http://db1:9100/metrics'], [one.labels]]);
const found = (text: string) => filter(text)(row);

test('all words must be found, whatever their case', () => {
  expect(found('')).toBe(true);
  expect(found('DB1 node')).toBe(true);
  expect(found('db1 mysql')).toBe(false);
});

test('a label is found by its name and the begin of its value', () => {
  expect(found('rack=r')).toBe(true);
  expect(found('job="node"')).toBe(true);
  expect(found('job=ode')).toBe(false);
  expect(found('ack=r1')).toBe(false);
});

test('the name of a label alone finds nothing', () => {
  expect(found('job')).toBe(false);
});

import { expect, test } from 'vitest';
import { toColumn } from './answer';
import { csvField, instantCsv, rangeCsv } from './csv';

test('fields are quoted where they must, and are never formulas', () => {
  expect(csvField('a')).toBe('a');
  expect(csvField('a,"b"\n')).toBe('"a,""b""\n"');
  expect(csvField('=cmd()')).toBe("'=cmd()");
  expect(csvField('-1.5')).toBe('-1.5');
  expect(csvField('-x')).toBe("'-x");
});

test('a range has a row a step and a column a series', () => {
  const grid = { start: 0, step: 60, points: 2 };
  const column = toColumn({ metric: { __name__: 'up', job: 'a' }, values: [[60, '1']] }, grid);
  const answer = {
    times: Float64Array.of(0, 60),
    columns: [column],
    warnings: [],
    infos: [],
    tookMs: 0,
  };
  expect(rangeCsv(answer)).toBe(
    'time,"up{job=""a""}"\r\n1970-01-01T00:00:00.000Z,\r\n1970-01-01T00:01:00.000Z,1\r\n',
  );
});

test('samples have a column a label', () => {
  expect(
    instantCsv([
      { metric: { __name__: 'up', job: 'a' }, value: [0, '1'] },
      { metric: { __name__: 'up', rack: 'r' }, values: [[1, '2']] },
    ]),
  ).toBe(
    '__name__,job,rack,time,value\r\nup,a,,1970-01-01T00:00:00.000Z,1\r\nup,,r,1970-01-01T00:00:01.000Z,2\r\n',
  );
});

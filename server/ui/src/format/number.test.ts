import { expect, test } from 'vitest';
import { formatCount, formatValue, parseSample, plural } from './number';

test('values are short and carry their unit', () => {
  expect(formatValue(0)).toBe('0');
  expect(formatValue(1234.5)).toBe('1.234 k');
  expect(formatValue(-2e9)).toBe('-2 G');
  expect(formatValue(0.00012)).toBe('1.2e-4');
  expect(formatValue(1536, 'bytes')).toBe('1.5 KiB');
  expect(formatValue(3 * 2 ** 30, 'bytes/s')).toBe('3 GiB/s');
  expect(formatValue(0.0021, 'seconds')).toBe('2.1 ms');
  expect(formatValue(0, 'seconds')).toBe('0 s');
  expect(formatValue(7200, 'seconds')).toBe('2 h');
  expect(formatValue(0.375, 'ratio')).toBe('37.5 %');
  expect(formatValue(12.5, 'per second')).toBe('12.5/s');
  expect(formatValue(12_500, 'per second')).toBe('12.5 k/s');
});

test('what is no finite number keeps its name', () => {
  expect(formatValue(Number.NaN)).toBe('NaN');
  expect(formatValue(Infinity, 'bytes')).toBe('+Inf');
  expect(formatValue(-Infinity)).toBe('-Inf');
});

test('counts are grouped whatever the locale', () => {
  expect(formatCount(1234567)).toBe('1,234,567');
  expect(formatCount(999)).toBe('999');
  expect(plural(1, 'panel')).toBe('1 panel');
  expect(plural(2000, 'panel')).toBe('2,000 panels');
});

test('samples are read as the API writes them', () => {
  expect(parseSample('+Inf')).toBe(Infinity);
  expect(parseSample('-Inf')).toBe(-Infinity);
  expect(parseSample('NaN')).toBeNaN();
  expect(parseSample('1e-05')).toBe(0.00001);
});

import { expect, test } from 'vitest';
import { formatDuration, parseDuration, roughDuration } from './duration';

test('durations are read with all their units, and as seconds', () => {
  expect(parseDuration('5m')).toBe(300_000);
  expect(parseDuration('1d12h')).toBe(129_600_000);
  expect(parseDuration(' 1h30m ')).toBe(5_400_000);
  expect(parseDuration('250ms')).toBe(250);
  expect(parseDuration('1.5')).toBe(1500);
});

test('what is no duration is told from zero', () => {
  for (const text of ['', 'm5', '5x', '-5m', '5m1h', '5 m']) {
    expect(parseDuration(text), text).toBeUndefined();
  }
  expect(parseDuration('0s')).toBe(0);
});

test('durations are written as they are read', () => {
  for (const text of ['1s', '5m', '1h30m', '1d', '2w', '1y', '250ms', '1d1s', '8d']) {
    expect(formatDuration(parseDuration(text) as number)).toBe(text);
  }
  expect(formatDuration(90_000)).toBe('1m30s');
  expect(formatDuration(0)).toBe('0s');
});

test('people are told the two largest units', () => {
  expect(roughDuration(12)).toBe('12ms');
  expect(roughDuration(1234)).toBe('1.2s');
  expect(roughDuration(61_500)).toBe('1m1s');
  expect(roughDuration(3 * 3_600_000 + 61_500)).toBe('3h1m');
  expect(roughDuration(100 * 3_600_000 + 61_500)).toBe('4d4h');
});

import { expect, test } from 'vitest';
import { endMs, formatEnd, formatTime, formatUtc, now, parseEnd, parseUtc } from './time';

test('an end is now, behind now, or a fixed time', () => {
  expect(parseEnd('')).toEqual(now);
  expect(parseEnd('now')).toEqual(now);
  expect(parseEnd('now-2h')).toEqual({ kind: 'now', agoMs: 7_200_000 });
  expect(parseEnd('-30m')).toEqual({ kind: 'now', agoMs: 1_800_000 });
  expect(parseEnd('1700000000')).toEqual({ kind: 'at', ms: 1_700_000_000_000 });
  const local = new Date(2026, 0, 2, 3, 4, 5).getTime();
  expect(parseEnd('2026-01-02 03:04:05')).toEqual({ kind: 'at', ms: local });
  expect(parseEnd('2026-01-02T03:04:05Z')).toEqual({
    kind: 'at',
    ms: Date.UTC(2026, 0, 2, 3, 4, 5),
  });
  expect(parseEnd('2026-01-02')).toEqual({ kind: 'at', ms: new Date(2026, 0, 2).getTime() });
});

test('what is no end is refused', () => {
  for (const text of ['soon', 'now-', 'now-x', '2026-13-45', '12']) {
    expect(parseEnd(text), text).toBeUndefined();
  }
});

test('ends are written as they are read', () => {
  for (const text of ['', 'now-2h', 'now-1d12h', '2026-01-02 03:04:05']) {
    expect(formatEnd(parseEnd(text) ?? now)).toBe(text);
  }
  expect(endMs({ kind: 'now', agoMs: 5 }, 100)).toBe(95);
});

test('URLs have times in UTC', () => {
  const at = Date.UTC(2026, 10, 28, 5, 6, 7);
  expect(formatUtc(at)).toBe('2026-11-28 05:06:07');
  expect(parseUtc('2026-11-28 05:06:07')).toBe(at);
  expect(parseUtc('nonsense')).toBeUndefined();
  expect(formatTime(Number.NaN)).toBe('?');
});

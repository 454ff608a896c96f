// Points in time as people write them. All text is in the browser's zone; URLs are in UTC, as those of
// the reference.

import { formatDuration, parseDuration } from './duration';

const pad = (value: number, width = 2) => String(value).padStart(width, '0');

export function formatTime(milliseconds: number): string {
  const t = new Date(milliseconds);
  if (Number.isNaN(t.getTime())) return '?';
  return (
    `${t.getFullYear()}-${pad(t.getMonth() + 1)}-${pad(t.getDate())} ` +
    `${pad(t.getHours())}:${pad(t.getMinutes())}:${pad(t.getSeconds())}`
  );
}

export function formatUtc(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)}`;
}

export function parseUtc(text: string): number | undefined {
  const milliseconds = Date.parse(`${text.trim().replace(' ', 'T')}Z`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

// The end of a range: a fixed time, or one that moves with now, `agoMs` behind it.
export type End = { kind: 'now'; agoMs: number } | { kind: 'at'; ms: number };

export const now: End = { kind: 'now', agoMs: 0 };

// Understands nothing and `now`, `now-2h` and `-2h`, Unix seconds, and dates with or without a time.
export function parseEnd(text: string): End | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'now') return now;
  const relative = /^(?:now)?\s*-\s*(\S+)$/.exec(trimmed);
  if (relative) {
    const agoMs = parseDuration(relative[1]);
    return agoMs === undefined ? undefined : { kind: 'now', agoMs };
  }
  if (/^\d{9,}(\.\d+)?$/.test(trimmed))
    return { kind: 'at', ms: Math.round(Number(trimmed) * 1000) };
  if (!/^\d{4}-\d{2}-\d{2}/.test(trimmed)) return undefined;
  const iso = trimmed.replace(' ', 'T');
  const ms = Date.parse(iso.length === 10 ? `${iso}T00:00:00` : iso);
  return Number.isNaN(ms) ? undefined : { kind: 'at', ms };
}

export function formatEnd(end: End): string {
  if (end.kind === 'at') return formatTime(end.ms);
  return end.agoMs === 0 ? '' : `now-${formatDuration(end.agoMs)}`;
}

export function endMs(end: End, nowMs: number): number {
  return end.kind === 'at' ? end.ms : nowMs - end.agoMs;
}

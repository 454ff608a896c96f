// The reading of the log at a start.

// Of the segments of the log; as api/v1/status/walreplay tells it.
export interface Replay {
  min: number;
  max: number;
  current: number;
  state?: 'waiting' | 'in progress' | 'done';
}

// The part of the log that was read, from 0 to 1.
export function replayedShare({ min, max, current, state }: Replay): number {
  if (state === 'done') return 1;
  if (state === 'waiting' || max < min) return 0;
  return Math.min(1, Math.max(0, (current - min) / (max - min + 1)));
}

import { useEffect, useRef, useState } from 'react';
import { errorText } from '../api/client';
import { endMs } from '../format/time';
import type { InstantAnswer, RangeAnswer } from './answer';
import { askInstant, askRange } from './ask_query';
import { type PanelState, windowOf } from './panel_state';

// One of them, by what the panel shows.
export interface Answer {
  expr: string;
  instant?: InstantAnswer;
  range?: RangeAnswer;
  earlier?: RangeAnswer;
  window?: { start: number; end: number }; // seconds
}

export interface Asked {
  answer?: Answer;
  error?: string;
  busy: boolean;
}

async function askFor(state: PanelState, signal: AbortSignal): Promise<Answer> {
  const { expr, tab } = state;
  if (tab === 'table') {
    return { expr, instant: await askInstant(expr, endMs(state.end, Date.now()), signal) };
  }
  const window = windowOf(state, Date.now());
  const shift = tab === 'graph' && state.mode === 'lines' ? state.compareMs : undefined;
  const before = (at: number) => at - (shift ?? 0);
  const [range, earlier] = await Promise.all([
    askRange(expr, window, signal, tab === 'explain'),
    shift === undefined
      ? undefined
      : askRange(expr, { ...window, start: before(window.start), end: before(window.end) }, signal),
  ]);
  return { expr, range, earlier, window: { start: window.start / 1000, end: window.end / 1000 } };
}

// Asks whenever what is asked for changes, and on every new `turn`. What was answered stays in sight until
// the next answer is there; a question that nobody waits for any more is taken back.
export function useAnswer(state: PanelState, turn: number, stop: number): Asked {
  const [asked, setAsked] = useState<Asked>({ busy: false });
  const controller = useRef<AbortController | undefined>(undefined);
  const latest = useRef(state);
  latest.current = state;
  const { expr, tab, rangeMs, stepMs, compareMs } = state;
  const end = JSON.stringify(state.end);
  const compare = state.mode === 'lines' ? compareMs : undefined;

  // biome-ignore lint/correctness/useExhaustiveDependencies: they say when to ask; what is asked is `latest`
  useEffect(() => {
    if (latest.current.expr.trim() === '') {
      setAsked({ busy: false });
      return;
    }
    const current = new AbortController();
    controller.current = current;
    setAsked((before) => ({ ...before, busy: true }));
    askFor(latest.current, current.signal).then(
      (answer) => current.signal.aborted || setAsked({ answer, busy: false }),
      (error) =>
        current.signal.aborted ||
        setAsked((before) => ({ answer: before.answer, error: errorText(error), busy: false })),
    );
    return () => current.abort();
  }, [expr, tab, rangeMs, stepMs, compare, end, turn]);

  useEffect(() => {
    if (stop === 0) return;
    controller.current?.abort();
    setAsked((before) =>
      before.busy ? { answer: before.answer, error: 'stopped', busy: false } : before,
    );
  }, [stop]);
  return asked;
}

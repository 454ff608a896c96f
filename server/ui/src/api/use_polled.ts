import { useCallback, useEffect, useState } from 'react';
import { ask, errorText, type Parameters } from './client';
import { useStarted } from './starting';

export interface Polled<T> {
  data?: T;
  error?: string; // of the last try; the data is of the last that went well
  again: () => void;
}

const retryMs = 2000; // a server that is starting, or gone for a moment

// Asks now and then: every `everyMs`, or less often where answers take long; not again while the page is hidden.
// Zero asks until it is answered.
export function usePolled<T>(path: string, everyMs = 0, parameters: Parameters = {}): Polled<T> {
  const [state, setState] = useState<{ data?: T; error?: string }>({});
  const [turn, setTurn] = useState(0);
  const started = useStarted();
  const key = JSON.stringify(parameters);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn, and a start of the server, ask again
  useEffect(() => {
    const controller = new AbortController();
    let timer = 0;
    let asked = false;
    let failed = false;
    const once = async () => {
      const began = performance.now();
      if (!asked || !document.hidden) {
        asked = true;
        try {
          const data = await ask<T>(path, JSON.parse(key) as Parameters, controller.signal);
          failed = false;
          setState({ data });
        } catch (error) {
          if (controller.signal.aborted) return;
          failed = true;
          setState((before) => ({ data: before.data, error: errorText(error) }));
        }
      }
      if (controller.signal.aborted || (everyMs === 0 && !failed)) return;
      timer = setTimeout(once, Math.max(everyMs || retryMs, 10 * (performance.now() - began)));
    };
    once();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [path, key, everyMs, turn, started]);
  const again = useCallback(() => setTurn((count) => count + 1), []);
  return { ...state, again };
}

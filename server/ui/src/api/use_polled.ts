import { useCallback, useEffect, useState } from 'react';
import { ask, errorText, type Parameters } from './client';

export interface Polled<T> {
  data?: T;
  error?: string; // of the last try; the data is of the last that went well
  again: () => void;
}

// Asks now and then: every `everyMs`, or less often where answers take long; not while the page is hidden. Zero
// asks once.
export function usePolled<T>(path: string, everyMs = 0, parameters: Parameters = {}): Polled<T> {
  const [state, setState] = useState<{ data?: T; error?: string }>({});
  const [turn, setTurn] = useState(0);
  const key = JSON.stringify(parameters);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn asks again
  useEffect(() => {
    const controller = new AbortController();
    let timer = 0;
    const once = async () => {
      const began = performance.now();
      if (!document.hidden) {
        try {
          const data = await ask<T>(path, JSON.parse(key) as Parameters, controller.signal);
          setState({ data });
        } catch (error) {
          if (controller.signal.aborted) return;
          setState((before) => ({ data: before.data, error: errorText(error) }));
        }
      }
      if (controller.signal.aborted || everyMs === 0) return;
      timer = setTimeout(once, Math.max(everyMs, 10 * (performance.now() - began)));
    };
    once();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [path, key, everyMs, turn]);
  const again = useCallback(() => setTurn((count) => count + 1), []);
  return { ...state, again };
}

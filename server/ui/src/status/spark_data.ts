import { useEffect, useState } from 'react';
import { useStarted } from '../api/starting';
import type { Column } from '../query/answer';
import { askRange } from '../query/ask_query';

const points = 60;

// By pool and instance, as the labels of a target name it.
export type Sparks = Map<string, Float64Array>;
export const sparkKey = (job: string, instance: string) => `${job}\n${instance}`;

// A target whose labels changed has a series before and one after.
export function byTarget(columns: Column[]): Sparks {
  const sparks: Sparks = new Map();
  for (const { labels, values } of columns) {
    const key = sparkKey(labels.job, labels.instance);
    const known = sparks.get(key);
    sparks.set(
      key,
      known ? known.map((value, i) => (Number.isNaN(value) ? values[i] : value)) : values,
    );
  }
  return sparks;
}

// How a series of each target went during the last hour. Asked when it is first wanted and once a minute; a
// selection of undefined asks for nothing. Without an answer there are no lines, and nothing else is missing.
export function useSparks(selector: string | undefined): Sparks {
  const [sparks, setSparks] = useState<Sparks>(new Map());
  const started = useStarted();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a start of the server asks again
  useEffect(() => {
    if (selector === undefined) return;
    const controller = new AbortController();
    let asked = false;
    const once = async () => {
      if (asked && document.hidden) return;
      asked = true;
      const end = Date.now();
      const step = 3_600_000 / points;
      try {
        const window = { start: end - 3_600_000 + step, end, step };
        const { columns } = await askRange(selector, window, controller.signal);
        setSparks(byTarget(columns));
      } catch {
        // As said above.
      }
    };
    once();
    const timer = setInterval(once, 60_000);
    return () => {
      clearInterval(timer);
      controller.abort();
    };
  }, [selector, started]);
  return sparks;
}

import { useEffect, useState } from 'react';
import { askRange } from '../query/ask_query';

const points = 60;

// By pool and instance, as the labels of a target name it.
export type Sparks = Map<string, Float64Array>;
export const sparkKey = (job: string, instance: string) => `${job}\n${instance}`;

// How a series of each target went during the last hour. Asked when it is first wanted and once a minute; a
// selection of undefined asks for nothing. Without an answer there are no lines, and nothing else is missing.
export function useSparks(selector: string | undefined): Sparks {
  const [sparks, setSparks] = useState<Sparks>(new Map());
  useEffect(() => {
    if (selector === undefined) return;
    const controller = new AbortController();
    const once = async () => {
      if (document.hidden) return;
      const end = Date.now();
      const step = 3_600_000 / points;
      try {
        const window = { start: end - 3_600_000 + step, end, step };
        const { columns } = await askRange(selector, window, controller.signal);
        setSparks(
          new Map(
            columns.map(({ labels, values }) => [sparkKey(labels.job, labels.instance), values]),
          ),
        );
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
  }, [selector]);
  return sparks;
}

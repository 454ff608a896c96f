// What the page of targets shows of them.

import type { Target } from '../api/types';
import { makeFilter } from '../parts/filter';

export type HealthChoice = '' | 'up' | 'down' | 'unknown';

export interface Pool {
  name: string;
  up: number;
  down: number;
  unknown: number;
}

export function countPools(targets: Target[]): Pool[] {
  const pools = new Map<string, Pool>();
  for (const { scrapePool: name, health } of targets) {
    const pool = pools.get(name) ?? { name, up: 0, down: 0, unknown: 0 };
    pool[health]++;
    pools.set(name, pool);
  }
  // What needs a look comes first.
  return [...pools.values()].sort(
    (a, b) => Math.sign(b.down) - Math.sign(a.down) || (a.name < b.name ? -1 : 1),
  );
}

const filter = makeFilter((target: Target) => [
  [target.scrapeUrl, target.lastError, target.failureReason ?? ''],
  [target.labels, target.discoveredLabels],
]);

const urgency: Record<Target['health'], number> = { down: 0, unknown: 1, up: 2 };

// Those that are down first, else in the order of the server.
export function selectTargets(
  targets: Target[],
  { text, health, pool }: { text: string; health: string; pool: string },
): Target[] {
  const matches = filter(text);
  const selected = targets.filter(
    (target) =>
      (health === '' || target.health === health) &&
      (pool === '' || target.scrapePool === pool) &&
      matches(target),
  );
  return selected.sort((a, b) => urgency[a.health] - urgency[b.health]);
}

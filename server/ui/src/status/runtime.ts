// What the server tells of itself.

import type { SelfMetric } from '../api/types';
import { formatCount, formatValue } from '../format/number';
import type { Unit } from '../format/unit';

export interface RuntimeInfo {
  startTime: string;
  CWD: string;
  reloadConfigSuccess: boolean;
  lastConfigTime: string;
  lastReloadError?: string;
  storageRetention: string;
}

export interface BuildInfo {
  version: string;
  application?: string;
  applicationVersion?: string;
}

// Its own metrics by name; those with labels are added up.
export class SelfMetrics {
  private readonly byName: Map<string, SelfMetric>;

  constructor(metrics: SelfMetric[] = []) {
    this.byName = new Map(metrics.map((metric) => [metric.name, metric]));
  }

  // Undefined where there is no such metric, so that it is left out rather than shown as zero.
  value(name: string): number | undefined {
    const found = this.byName.get(name);
    return found?.metric.reduce((sum, one) => sum + number(one), 0);
  }

  text(name: string, unit?: Unit): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    return unit ? formatValue(value, unit, 3) : formatCount(value);
  }

  // By the value of one label, the largest first.
  by(name: string, label: string): [string, number][] {
    const sums = new Map<string, number>();
    for (const one of this.byName.get(name)?.metric ?? []) {
      const value = one.label?.find((pair) => pair.name === label)?.value ?? '';
      sums.set(value, (sums.get(value) ?? 0) + number(one));
    }
    return [...sums].sort((a, b) => b[1] - a[1]);
  }
}

function number(metric: SelfMetric['metric'][number]): number {
  return Number((metric.gauge ?? metric.counter ?? metric.untyped)?.value ?? Number.NaN);
}

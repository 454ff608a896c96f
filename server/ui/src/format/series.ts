import type { Labels } from '../api/types';

const plainName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const plainMetric = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

export function quote(text: string): string {
  return `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}

export function labelName(name: string): string {
  return plainName.test(name) ? name : quote(name);
}

// The labels beside the name, in order.
export function labelPairs(labels: Labels): [string, string][] {
  return Object.entries(labels)
    .filter(([name]) => name !== '__name__')
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

// A selector of the series, as PromQL takes it.
export function seriesText(labels: Labels): string {
  const name = labels.__name__ ?? '';
  const inside = labelPairs(labels).map(([key, value]) => `${labelName(key)}=${quote(value)}`);
  if (name !== '' && !plainMetric.test(name)) inside.unshift(quote(name));
  const shown = plainMetric.test(name) ? name : '';
  return shown !== '' && inside.length === 0 ? shown : `${shown}{${inside.join(', ')}}`;
}

// What of the labels tells the series apart: the names whose values differ between them.
export function differingLabels(all: Labels[]): Set<string> {
  const differing = new Set<string>();
  const first = all[0] ?? {};
  for (const labels of all) {
    for (const name of Object.keys(labels)) {
      if (labels[name] !== first[name]) differing.add(name);
    }
    for (const name of Object.keys(first)) {
      if (!(name in labels)) differing.add(name);
    }
  }
  return differing;
}

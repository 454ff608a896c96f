// Names and values for completion, asked of the server when they are needed and kept for a while.

import type { PrometheusClient } from '@prometheus-io/codemirror-promql';
import { EqlRegex, Neq, NeqRegex } from '@prometheus-io/lezer-promql';
import { ask } from '../api/client';
import { quote } from '../format/series';

// As the editor passes them: the value is what stands between the quotes.
export interface Matcher {
  type: number;
  name: string;
  value: string;
}

const operators: Record<number, string> = { [Neq]: '!=', [EqlRegex]: '=~', [NeqRegex]: '!~' };

const keepMs = 60_000;
const mostNames = 20_000;
const mostCached = 100;

type Metadata = Record<string, { type: string; help: string }[]>;
type Features = { api?: { search?: boolean } };

export class CompletionClient implements PrometheusClient {
  private readonly cache = new Map<string, { at: number; answer: Promise<unknown> }>();

  labelNames(metric?: string) {
    return this.names('labels', metric ? selector(metric) : undefined);
  }

  async labelValues(label: string, metric?: string, matchers?: Matcher[]) {
    const others = matchers?.filter((matcher) => matcher.name !== label);
    const match = metric || others?.length ? selector(metric ?? '', others) : undefined;
    return this.names(`label/${encodeURIComponent(label)}/values`, match);
  }

  metricNames() {
    return this.names('label/__name__/values');
  }

  metricMetadata() {
    return this.cached('metadata', {}, {} as Metadata);
  }

  async series(metric: string, matchers?: Matcher[]): Promise<Map<string, string>[]> {
    const found = await this.cached(
      'series',
      { 'match[]': selector(metric, matchers), limit: 1000 },
      [] as Record<string, string>[],
    );
    return found.map((labels) => new Map(Object.entries(labels)));
  }

  // Whether the server ranks names by itself.
  async canSearch(): Promise<boolean> {
    return (await this.cached('features', {}, {} as Features)).api?.search === true;
  }

  // What the metric is, or the family that it is a part of.
  async helpOf(metric: string): Promise<string | undefined> {
    const family = metric.replace(/_(bucket|count|sum|total)$/, '');
    for (const name of new Set([metric, family])) {
      const found = await this.cached('metadata', { metric: name }, {} as Metadata);
      if (found[name]?.[0]?.help) return found[name][0].help;
    }
    return undefined;
  }

  flags() {
    return this.cached('status/flags', {}, {} as Record<string, string>);
  }

  private names(path: string, match?: string): Promise<string[]> {
    return this.cached(path, { 'match[]': match, limit: mostNames }, [] as string[]);
  }

  // Completion offers less rather than nothing where the server does not answer.
  private cached<T>(
    path: string,
    parameters: Record<string, string | number | undefined>,
    none: T,
  ) {
    const key = JSON.stringify([path, parameters]);
    const known = this.cache.get(key);
    if (known && Date.now() - known.at < keepMs) return known.answer as Promise<T>;
    const answer = ask<T>(path, parameters).catch(() => {
      this.cache.delete(key);
      return none;
    });
    if (this.cache.size >= mostCached) this.cache.clear();
    this.cache.set(key, { at: Date.now(), answer });
    return answer;
  }
}

// A matcher that has no value yet is left out.
export function selector(metric: string, matchers: Matcher[] = []): string {
  const parts = matchers
    .filter((matcher) => matcher.value !== '')
    .map((matcher) => `${matcher.name}${operators[matcher.type] ?? '='}"${matcher.value}"`);
  if (metric !== '') parts.unshift(`__name__=${quote(metric)}`);
  return `{${parts.join(',')}}`;
}

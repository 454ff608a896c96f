// Completion by the server's own ranking, /api/v1/search/: an object answers for one completion, in which `typed` is
// what stands before the cursor.

import type { PrometheusClient } from '@prometheus-io/codemirror-promql';
import { askLines } from '../api/client';
import { type CompletionClient, type Matcher, selector } from './completion_client';
import { type Hit, readHits } from './search_hits';

const withinSeconds = 12 * 3600; // of what was stored when

export class SearchClient implements PrometheusClient {
  hits: Hit[] = []; // the best first

  constructor(
    private readonly typed: string,
    private readonly others: CompletionClient,
  ) {}

  metricNames() {
    return this.search('metric_names', { include_metadata: 'true' });
  }

  labelNames(metric?: string) {
    return this.search('label_names', { 'match[]': metric ? selector(metric) : undefined });
  }

  labelValues(label: string, metric = '', matchers: Matcher[] = []) {
    const others = matchers.filter((matcher) => matcher.name !== label);
    const match = metric || others.length > 0 ? selector(metric, others) : undefined;
    return this.search('label_values', { label, 'match[]': match });
  }

  // Comes with the hits.
  async metricMetadata() {
    return {};
  }

  series(metric: string, matchers?: Matcher[]) {
    return this.others.series(metric, matchers);
  }

  flags() {
    return this.others.flags();
  }

  // As many as the server gives unasked: 100, and no more than its limit.
  private async search(path: string, parameters: Record<string, string | undefined>) {
    try {
      const lines = await askLines(`search/${path}`, {
        ...parameters,
        'search[]': this.typed,
        sort_by: this.typed === '' ? undefined : 'score',
        case_sensitive: 'false',
        start: Math.floor(Date.now() / 1000) - withinSeconds,
      });
      this.hits = readHits(lines);
    } catch {
      this.hits = []; // completion offers less rather than an error
    }
    return this.hits.map(({ text }) => text);
  }
}

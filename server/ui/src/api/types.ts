// What the endpoints answer, as far as the page looks at it.

export type Labels = Record<string, string>;

export interface Histogram {
  count: string;
  sum: string;
  // [which ends belong to it, lower bound, upper bound, count]
  buckets?: [number, string, string, string][];
}

export interface QueryStats {
  timings: { evalTotalTime: number; execTotalTime: number };
  samples: { totalQueryableSamples: number; peakSamples: number };
}

export interface ExplainNode {
  operator: string;
  expression: string;
  series: number;
  samples: number;
  bytes: number;
  seconds: number;
  children: ExplainNode[];
}

export interface InstantSeries {
  metric: Labels;
  value?: [number, string];
  histogram?: [number, Histogram];
  values?: [number, string][];
  histograms?: [number, Histogram][];
}

export type InstantData = {
  stats?: QueryStats;
  explain?: ExplainNode;
} & (
  | { resultType: 'vector' | 'matrix'; result: InstantSeries[] }
  | { resultType: 'scalar' | 'string'; result: [number, string] }
);

export interface RangeSeries {
  metric: Labels;
  values?: [number, string][];
  histograms?: [number, Histogram][];
}

export interface Target {
  discoveredLabels: Labels;
  labels: Labels;
  scrapePool: string;
  scrapeUrl: string;
  globalUrl: string;
  lastError: string;
  failureReason?: string;
  lastScrape: string;
  lastScrapeDuration: number;
  health: 'up' | 'down' | 'unknown';
  scrapeInterval: string;
  scrapeTimeout: string;
}

export interface DroppedTarget {
  discoveredLabels: Labels;
  scrapePool: string;
}

export interface Targets {
  activeTargets: Target[];
  droppedTargets: DroppedTarget[];
  droppedTargetCounts: Record<string, number>;
}

export interface RelabelStep {
  rule: Record<string, unknown>;
  output: Labels;
  keep: boolean;
}

export interface NamedCount {
  name: string;
  value: number;
}

export interface TsdbStatus {
  headStats: {
    numSeries: number;
    numLabelPairs: number;
    chunkCount: number;
    minTime: number;
    maxTime: number;
  };
  seriesCountByMetricName: NamedCount[];
  labelValueCountByLabelName: NamedCount[];
  memoryInBytesByLabelName: NamedCount[];
  seriesCountByLabelValuePair: NamedCount[];
}

export interface Block {
  ulid: string;
  minTime: number;
  maxTime: number;
  stats?: { numSamples?: number; numSeries?: number; numChunks?: number; numTombstones?: number };
  compaction: { level: number; sources?: string[] };
}

export interface ActiveQuery {
  id: number;
  query: string;
  state: 'running' | 'waiting';
  arrived: string;
  ageSeconds: number;
  start: string;
  end: string;
  step: number;
  origin: { clientIP: string; method: string; path: string };
  samples: number;
  peakSamples: number;
  bytes: number;
  peakBytes: number;
}

export interface SelfMetric {
  name: string;
  help: string;
  type: string;
  metric: {
    label?: { name: string; value: string }[];
    gauge?: { value: number | string };
    counter?: { value: number | string };
    untyped?: { value: number | string };
  }[];
}

// What a panel shows, and how the URL says it: the parameters of the reference's page, so that links of
// alerts and dashboards open here, and `compare`, which is ours.

import { formatDuration, parseDuration } from '../format/duration';
import { type End, endMs, formatUtc, now, parseEnd, parseUtc } from '../format/time';

export type Tab = 'table' | 'graph' | 'explain';
export type Mode = 'lines' | 'stacked' | 'heatmap';

export interface PanelState {
  expr: string;
  tab: Tab;
  mode: Mode;
  rangeMs: number;
  end: End;
  stepMs: number | undefined; // undefined: chosen by the range
  compareMs: number | undefined; // also what was so long before
}

export const maxPanels = 20;
const maxPoints = 11_000; // what the server takes
const autoPoints = 300;

export function newPanel(): PanelState {
  return {
    expr: '',
    tab: 'graph',
    mode: 'lines',
    rangeMs: 3_600_000,
    end: now,
    stepMs: undefined,
    compareMs: undefined,
  };
}

export function stepOf(state: Pick<PanelState, 'rangeMs' | 'stepMs'>): number {
  if (state.stepMs !== undefined) return state.stepMs;
  const step = Math.ceil(state.rangeMs / autoPoints / 1000) * 1000;
  return Math.max(1000, step, Math.ceil(state.rangeMs / maxPoints));
}

export interface Window {
  start: number; // milliseconds, as all here
  end: number;
  step: number;
}

export function windowOf(state: PanelState, nowMs: number): Window {
  const end = endMs(state.end, nowMs);
  return { start: end - state.rangeMs, end, step: stepOf(state) };
}

function readEnd(text: string | null): End {
  if (!text) return now;
  const utc = /^\d{4}-/.test(text) ? parseUtc(text) : undefined;
  return utc === undefined ? (parseEnd(text) ?? now) : { kind: 'at', ms: utc };
}

function writeEnd(end: End): string | undefined {
  if (end.kind === 'at') return formatUtc(end.ms);
  return end.agoMs === 0 ? undefined : `now-${formatDuration(end.agoMs)}`;
}

function readTab(text: string | null): Tab {
  if (text === '1' || text === 'table') return 'table';
  return text === 'explain' ? 'explain' : 'graph';
}

function readMode(get: (name: string) => string | null): Mode {
  const mode = get('display_mode');
  if (mode === 'stacked' || mode === 'heatmap') return mode;
  return get('stacked') === '1' ? 'stacked' : 'lines';
}

function readStep(get: (name: string) => string | null): number | undefined {
  const text = get('step_input') ?? (get('res_type') === 'fixed' ? get('res_step') : null);
  const step = text ? parseDuration(text) : undefined;
  return step && step > 0 ? step : undefined;
}

function readPanel(get: (name: string) => string | null): PanelState {
  const rangeMs = parseDuration(get('range_input') ?? '');
  const compareMs = parseDuration(get('compare') ?? '');
  return {
    expr: get('expr') ?? '',
    tab: readTab(get('tab')),
    mode: readMode(get),
    rangeMs: rangeMs && rangeMs > 0 ? rangeMs : newPanel().rangeMs,
    end: readEnd(get('end_input') ?? get('moment_input')),
    stepMs: readStep(get),
    compareMs: compareMs && compareMs > 0 ? compareMs : undefined,
  };
}

export function readPanels(search: string): PanelState[] {
  const parameters = new URLSearchParams(search);
  const indices = new Set<number>();
  for (const name of parameters.keys()) {
    const match = /^g(\d{1,3})\./.exec(name);
    if (match) indices.add(Number(match[1]));
  }
  const panels = [...indices]
    .sort((a, b) => a - b)
    .slice(0, maxPanels)
    .map((i) => readPanel((name) => parameters.get(`g${i}.${name}`)));
  return panels.length > 0 ? panels : [newPanel()];
}

export function writePanels(panels: PanelState[]): string {
  const parameters = new URLSearchParams();
  panels.forEach((panel, i) => {
    const put = (name: string, value: string | undefined) => {
      if (value !== undefined) parameters.set(`g${i}.${name}`, value);
    };
    put('expr', panel.expr);
    put('tab', panel.tab);
    put('display_mode', panel.mode === 'lines' ? undefined : panel.mode);
    put('range_input', formatDuration(panel.rangeMs));
    put('end_input', writeEnd(panel.end));
    put('step_input', panel.stepMs === undefined ? undefined : formatDuration(panel.stepMs));
    put('compare', panel.compareMs === undefined ? undefined : formatDuration(panel.compareMs));
  });
  return `?${parameters}`;
}

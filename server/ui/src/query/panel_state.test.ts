import { expect, test } from 'vitest';
import {
  newPanel,
  type PanelState,
  readPanels,
  stepOf,
  windowOf,
  writePanels,
} from './panel_state';

test('what is written to the URL is what is read from it', () => {
  const panels: PanelState[] = [
    { ...newPanel(), expr: 'up{a="b&c"} # 100%' },
    {
      expr: 'x',
      tab: 'table',
      mode: 'stacked',
      rangeMs: 7_200_000,
      end: { kind: 'at', ms: Date.UTC(2026, 10, 28) },
      stepMs: 15_000,
      compareMs: 86_400_000,
    },
    { ...newPanel(), tab: 'explain', end: { kind: 'now', agoMs: 60_000 }, mode: 'heatmap' },
  ];
  expect(readPanels(writePanels(panels))).toEqual(panels);
});

test('links made for the page of Prometheus open as they would there', () => {
  const [old] = readPanels('?g0.expr=up&g0.tab=1&g0.stacked=1&g0.range_input=2h&g0.step_input=30');
  expect(old).toMatchObject({
    expr: 'up',
    tab: 'table',
    mode: 'stacked',
    rangeMs: 7_200_000,
    stepMs: 30_000,
  });
  const [recent] = readPanels(
    '?g0.expr=up&g0.show_tree=0&g0.tab=graph&g0.end_input=2026-11-28+05%3A06%3A07&g0.res_type=fixed&g0.res_step=60',
  );
  expect(recent).toMatchObject({ tab: 'graph', stepMs: 60_000 });
  expect(recent.end).toEqual({ kind: 'at', ms: Date.UTC(2026, 10, 28, 5, 6, 7) });
});

test('nonsense in the URL gives a panel all the same', () => {
  expect(readPanels('')).toEqual([newPanel()]);
  expect(readPanels('?g0.range_input=-1&g0.end_input=%00&g0.tab=9&g0.compare=x')).toEqual([
    newPanel(),
  ]);
  const many = Array.from({ length: 100 }, (_, i) => `g${i}.expr=up`).join('&');
  expect(readPanels(`?${many}`)).toHaveLength(20);
});

test('a step gives some hundred points, and never more than the server takes', () => {
  expect(stepOf({ rangeMs: 3_600_000, stepMs: undefined })).toBe(12_000);
  expect(stepOf({ rangeMs: 1000, stepMs: undefined })).toBe(1000);
  expect(stepOf({ rangeMs: 1000, stepMs: 10 })).toBe(10);
  const { start, end, step } = windowOf({ ...newPanel(), rangeMs: 365 * 86_400_000 }, 1e12);
  expect((end - start) / step).toBeLessThanOrEqual(11_000);
});

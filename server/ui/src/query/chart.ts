// The plotter, set up as graphs and heat maps have it in common, with axes, crosshair and zoom; and the graphs.

import uPlot from 'uplot';
import { formatValue } from '../format/number';
import { formatTime } from '../format/time';
import type { Unit } from '../format/unit';
import { panByShift } from './chart_moves';
import { isDark, seriesColour, themeColour } from './colours';
import { paintCrowd } from './crowd';
import { type Line, lonePoints, type Plotted, plain, stacked } from './lines';

export interface ChartEvents {
  select: (start: number, end: number) => void; // seconds: a range was dragged, or moved to
  hover: (index: number | null, left: number, top: number) => void;
}

export interface Shape {
  width: number;
  height: number;
  start: number; // seconds
  end: number;
  unit: Unit;
}

// What each panel's crosshair follows.
const crosshair = uPlot.sync('narthex');

// Times on an axis, seconds where they matter; the day where it changes, and below the first.
export function timeTexts(splits: number[], step: number): string[] {
  let day = '';
  return splits.map((at) => {
    const text = formatTime(at * 1000);
    const date = text.slice(5, 10);
    if (step >= 86_400) return date;
    const clock = text.slice(11, step < 60 ? 19 : 16);
    const changed = date !== day;
    day = date;
    return changed ? `${clock}\n${date}` : clock;
  });
}

function axes(unit: Unit): uPlot.Axis[] {
  const common = {
    stroke: themeColour('dim'),
    grid: { stroke: themeColour('grid'), width: 1 },
    ticks: { stroke: themeColour('grid'), width: 1, size: 4 },
    font: '11px system-ui, sans-serif',
  };
  return [
    { ...common, space: 64, values: (_, splits, __, ___, step) => timeTexts(splits, step) },
    {
      ...common,
      size: 72,
      values: (_, splits) =>
        splits.map((value) => (value == null ? '' : formatValue(value, unit, 5))),
    },
  ];
}

// Steps of 1, 2 and 5 times a power of two rather than of ten are what suits bytes.
const byteSteps = Array.from({ length: 60 }, (_, i) => 2 ** i);

export function base(shape: Shape, events: ChartEvents): Omit<uPlot.Options, 'series'> {
  const [xAxis, yAxis] = axes(shape.unit);
  if (shape.unit.startsWith('bytes')) yAxis.incrs = byteSteps;
  return {
    width: shape.width,
    height: shape.height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    scales: { x: { time: true, range: [shape.start, shape.end] } },
    axes: [xAxis, yAxis],
    cursor: {
      sync: { key: crosshair.key, scales: ['x', null] },
      drag: { x: true, y: false, setScale: false },
      points: { show: false },
    },
    hooks: {
      setSelect: [
        (plot) => {
          if (plot.select.width < 4) return;
          const from = plot.posToVal(plot.select.left, 'x');
          const to = plot.posToVal(plot.select.left + plot.select.width, 'x');
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          events.select(from, to);
        },
      ],
      setCursor: [
        (plot) => {
          const { idx, left = -1, top = -1 } = plot.cursor;
          events.hover(left < 0 || idx == null ? null : idx, left, top);
        },
      ],
      ready: [(plot) => panByShift(plot, events.select)],
    },
  };
}

export interface LinesPlot {
  plot: uPlot;
  data: Plotted[]; // as drawn
}

// More lines than this are drawn in many turns and thin: the plotter would take minutes for ten thousand.
export const fewLines = 200;

export function plotLines(
  host: HTMLElement,
  shape: Shape,
  times: Float64Array,
  lines: Line[],
  stack: boolean,
  events: ChartEvents,
): LinesPlot {
  const dark = isDark();
  if (lines.length > fewLines) return plotCrowd(host, shape, times, lines, stack, events);
  const data = stack ? stacked(lines) : lines.map((line) => plain(line.values));
  const options: uPlot.Options = {
    ...base(shape, events),
    series: [
      {},
      ...lines.map((line): uPlot.Series => {
        const stroke = seriesColour(line.colour, dark);
        return {
          stroke,
          width: 1.5,
          ...(line.before && { dash: [4, 4], alpha: 0.7 }),
          points: { show: true, size: 4, fill: stroke, filter: (_, i) => lonePoints(data[i - 1]) },
        };
      }),
    ],
  };
  // A range of its own where all values are one, else the line would lie on the frame.
  options.scales = {
    ...options.scales,
    y: { range: (_, min, max) => valueRange(min, max, stack) },
  };
  if (stack) {
    options.bands = lines.slice(1).map((line, i) => ({
      series: [i + 2, i + 1],
      fill: withAlpha(seriesColour(line.colour, dark)),
    }));
    if (lines.length > 0) options.series[1].fill = withAlpha(seriesColour(lines[0].colour, dark));
  }
  return { plot: new uPlot(options, [times, ...data] as uPlot.AlignedData, host), data };
}

function plotCrowd(
  host: HTMLElement,
  shape: Shape,
  times: Float64Array,
  lines: Line[],
  stack: boolean,
  events: ChartEvents,
): LinesPlot {
  const dark = isDark();
  const data = stack ? stacked(lines) : lines.map((line) => line.values);
  const colours = lines.map((line) => seriesColour(line.colour, dark));
  const options = base(shape, events) as uPlot.Options;
  options.series = [{}, { stroke: 'transparent', points: { show: false } }];
  options.scales = { ...options.scales, y: { range: () => valueRange(...extent(data), stack) } };
  let stop = () => {};
  options.hooks = {
    ...options.hooks,
    draw: [
      (plot) => {
        stop();
        stop = paintCrowd(plot, times, data, colours);
      },
    ],
    destroy: [() => stop()],
  };
  const empty = new Array(times.length).fill(null);
  return { plot: new uPlot(options, [times, empty] as unknown as uPlot.AlignedData, host), data };
}

function extent(data: Plotted[]): [number | null, number | null] {
  let [low, high] = [Infinity, -Infinity];
  for (const values of data) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value == null || !Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [null, null];
}

function withAlpha(colour: string): string {
  return colour.startsWith('#') ? `${colour}40` : colour.replace(')', ' / 25%)');
}

function valueRange(min: number | null, max: number | null, fromZero: boolean): [number, number] {
  if (min == null || max == null) return [0, 1];
  let [low, high] = fromZero ? [Math.min(0, min), Math.max(0, max)] : [min, max];
  if (low === high) {
    const around = Math.abs(low) * 0.1 || 1;
    [low, high] = [low - around, high + around];
  }
  const room = (high - low) * 0.05;
  // Zero is worth being on the scale where it is near.
  if (low >= 0 && low < (high - low) * 0.5) return [0, high + room];
  return [low - room, high + room];
}

// Heat maps on the plotter.

import uPlot from 'uplot';
import { formatValue } from '../format/number';
import type { Unit } from '../format/unit';
import { base, type ChartEvents, type Shape } from './chart';
import { themeColour } from './colours';
import { type Heatmap, rowName } from './heatmap';

export function plotHeatmap(
  host: HTMLElement,
  shape: Shape,
  times: Float64Array,
  heatmap: Heatmap,
  events: ChartEvents,
): uPlot {
  const options = base(shape, events) as uPlot.Options;
  const rows = heatmap.rows.length;
  options.scales = { ...options.scales, y: { range: [0, rows] } };
  const [xAxis, yAxis] = options.axes as uPlot.Axis[];
  const every = Math.max(1, Math.ceil(rows / Math.max(2, shape.height / 22)));
  yAxis.splits = () => heatmap.rows.map((_, i) => i + 1).filter((i) => (rows - i) % every === 0);
  yAxis.values = (_, splits) =>
    splits.map((i) => formatValue(heatmap.rows[i - 1].high, shape.unit, 3));
  yAxis.grid = { show: false };
  xAxis.grid = { show: false };
  options.series = [{}, { show: true, stroke: 'transparent', points: { show: false } }];
  const colour = themeColour('heat');
  options.hooks = { ...options.hooks, draw: [(plot) => drawCells(plot, times, heatmap, colour)] };
  const empty = new Array(times.length).fill(null);
  return new uPlot(options, [times, empty] as unknown as uPlot.AlignedData, host);
}

function drawCells(plot: uPlot, times: Float64Array, heatmap: Heatmap, colour: string) {
  const { ctx } = plot;
  const step = times.length > 1 ? times[1] - times[0] : 1;
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  ctx.clip();
  ctx.fillStyle = colour;
  const edges = Array.from(times, (time) => Math.round(plot.valToPos(time - step, 'x', true)));
  edges.push(Math.round(plot.valToPos(times[times.length - 1], 'x', true)));
  heatmap.rows.forEach(({ counts }, y) => {
    const bottom = Math.round(plot.valToPos(y, 'y', true));
    const top = Math.round(plot.valToPos(y + 1, 'y', true));
    counts.forEach((count, i) => {
      if (!(count > 0)) return;
      ctx.globalAlpha = 0.08 + 0.92 * Math.sqrt(count / heatmap.max);
      ctx.fillRect(edges[i], top, Math.max(1, edges[i + 1] - edges[i]), bottom - top);
    });
  });
  ctx.restore();
}

// What is under the crosshair of a heat map.
export function cellText(plot: uPlot, heatmap: Heatmap, index: number, top: number, unit: Unit) {
  const row = heatmap.rows[Math.floor(plot.posToVal(top, 'y'))];
  const count = row?.counts[index];
  if (count === undefined || Number.isNaN(count)) return undefined;
  return `${rowName(row, unit)}: ${formatValue(count)}`;
}

// Thousands of lines on one plot, drawn some at a time so that the page goes on meanwhile.

import type uPlot from 'uplot';
import type { Plotted } from './lines';

const goodFrameMs = 30;
const firstTurn = 50; // lines

// Draws onto what the plotter has drawn; what is returned ends it.
export function paintCrowd(
  plot: uPlot,
  times: Float64Array,
  data: Plotted[],
  colours: string[],
): () => void {
  const xs = Array.from(times, (time) => Math.round(plot.valToPos(time, 'x', true)));
  let turn = firstTurn;
  let next = 0;
  let before = performance.now();
  let frame = 0;
  const paint = () => {
    const now = performance.now();
    turn = now - before > goodFrameMs ? Math.max(1, turn >> 1) : turn + 10;
    before = now;
    const end = Math.min(data.length, next + turn);
    paintLines(plot, xs, data, colours, next, end);
    next = end;
    frame = next < data.length ? requestAnimationFrame(paint) : 0;
  };
  frame = requestAnimationFrame(paint);
  return () => cancelAnimationFrame(frame);
}

function paintLines(
  plot: uPlot,
  xs: number[],
  data: Plotted[],
  colours: string[],
  from: number,
  end: number,
) {
  const { ctx, bbox } = plot;
  const { min = 0, max = 1 } = plot.scales.y;
  const [bottom, perUnit] = [bbox.top + bbox.height, bbox.height / (max - min)];
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = devicePixelRatio;
  for (let i = from; i < end; i++) {
    ctx.strokeStyle = colours[i];
    ctx.beginPath();
    trace(ctx, xs, data[i], (value) => bottom - (value - min) * perUnit);
    ctx.stroke();
  }
  ctx.restore();
}

// Of the points that fall on one column of pixels, the lowest and the highest are enough.
export function trace(
  path: Pick<CanvasPath, 'moveTo' | 'lineTo'>,
  xs: number[],
  values: Plotted,
  height: (value: number) => number,
) {
  let pen = false;
  for (let i = 0; i < xs.length; ) {
    const x = xs[i];
    let [low, high, last] = [Infinity, -Infinity, Number.NaN];
    for (; i < xs.length && xs[i] === x; i++) {
      const value = values[i];
      last = value ?? Number.NaN;
      if (!Number.isFinite(last)) continue;
      if (last < low) low = last;
      if (last > high) high = last;
    }
    if (low <= high) {
      if (pen) path.lineTo(x, height(low));
      else path.moveTo(x, height(low));
      if (high > low) path.lineTo(x, height(high));
    }
    pen = Number.isFinite(last);
  }
}

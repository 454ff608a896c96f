// Moving over a chart, by mouse and by keys.

import type uPlot from 'uplot';

type Select = (start: number, end: number) => void; // seconds

// Dragging with Shift held moves the range. A picture of the plot follows; the query is run at the end.
export function panByShift(plot: uPlot, select: Select) {
  plot.over.addEventListener(
    'mousedown',
    (down) => {
      if (!down.shiftKey || down.button !== 0) return;
      down.stopImmediatePropagation();
      down.preventDefault();
      const { min = 0, max = 0 } = plot.scales.x;
      const picture = slidingPicture(plot);
      const moved = (event: MouseEvent) => event.clientX - down.clientX;
      const move = (event: MouseEvent) => picture.slide(moved(event));
      const up = (event: MouseEvent) => {
        document.removeEventListener('mousemove', move);
        const by = (-moved(event) * (max - min)) / plot.over.clientWidth;
        // Else the picture stays until the plot is made anew from the next answer.
        if (by === 0) picture.remove();
        else select(min + by, max + by);
      };
      document.addEventListener('mousemove', move);
      document.addEventListener('mouseup', up, { once: true });
    },
    { capture: true },
  );
}

// What the plot shows, with its axis of time, in a frame of its own. To draw anew for each step would be slow where
// there are many lines.
function slidingPicture(plot: uPlot) {
  const { left, width } = plot.bbox;
  const source = plot.ctx.canvas;
  const copy = document.createElement('canvas');
  copy.width = width;
  copy.height = source.height;
  copy
    .getContext('2d')
    ?.drawImage(source, left, 0, width, source.height, 0, 0, width, source.height);
  copy.style.width = `${plot.over.clientWidth}px`;
  const frame = document.createElement('div');
  frame.className = 'sliding';
  frame.style.left = plot.over.style.left;
  frame.append(copy);
  plot.over.parentElement?.append(frame);
  return {
    slide: (pixels: number) => {
      copy.style.transform = `translateX(${pixels}px)`;
    },
    remove: () => frame.remove(),
  };
}

// What a key means on a chart; whether it means anything.
export function moveByKey(
  plot: uPlot,
  { key, shiftKey }: { key: string; shiftKey: boolean },
  [min, max]: number[], // the range that is moved
  select: Select,
): boolean {
  const span = max - min;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowRight': {
      const sign = key === 'ArrowLeft' ? -1 : 1;
      if (shiftKey) select(min + (sign * span) / 4, max + (sign * span) / 4);
      else moveCrosshair(plot, (index, last) => (index ?? (sign > 0 ? -1 : last + 1)) + sign);
      return true;
    }
    case 'Home':
      moveCrosshair(plot, () => 0);
      return true;
    case 'End':
      moveCrosshair(plot, (_, last) => last);
      return true;
    case '+':
    case '=':
    case '-': {
      const at = plot.data[0][plot.cursor.idx ?? -1] ?? min;
      const middle = at > min && at < max ? at : (min + max) / 2;
      const part = key === '-' ? 2 : 0.5;
      select(middle - (middle - min) * part, middle + (max - middle) * part);
      return true;
    }
    default:
      return false;
  }
}

// To the step that `place` tells of the present one, if any, and the last.
function moveCrosshair(plot: uPlot, place: (index: number | undefined, last: number) => number) {
  const times = plot.data[0];
  const index = place(plot.cursor.idx ?? undefined, times.length - 1);
  const at = Math.min(times.length - 1, Math.max(0, index));
  const { top = -1 } = plot.cursor;
  const left = plot.valToPos(times[at], 'x');
  plot.setCursor({ left, top: top < 0 ? plot.over.clientHeight / 2 : top });
}

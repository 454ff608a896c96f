import 'uplot/dist/uPlot.min.css';
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type uPlot from 'uplot';
import { formatCount, formatValue } from '../format/number';
import { differingLabels } from '../format/series';
import { formatTime } from '../format/time';
import { boundsUnit, guessUnit } from '../format/unit';
import { useThemeName } from '../theme';
import type { RangeAnswer } from './answer';
import { fewLines, plotLines } from './chart';
import { cellText, plotHeatmap } from './chart_heat';
import { moveByKey } from './chart_moves';
import { type Heatmap, toHeatmap } from './heatmap';
import { Legend, lineKey } from './legend';
import { type Line, type Plotted, toLines } from './lines';
import type { Mode } from './panel_state';

export interface GraphWindow {
  start: number; // seconds
  end: number;
}

interface Props {
  expr: string;
  answer: RangeAnswer;
  earlier?: RangeAnswer;
  window: GraphWindow;
  mode: Mode;
  select: (start: number, end: number) => void;
  canvas: RefObject<HTMLCanvasElement | null>;
}

export function Graph(props: Props) {
  const { answer, earlier, mode, expr } = props;
  const unit = useMemo(() => guessUnit(expr), [expr]);
  const heatmap = useMemo(
    () => (mode === 'heatmap' ? toHeatmap(answer) : undefined),
    [answer, mode],
  );
  const lines = useMemo(() => toLines(answer, earlier), [answer, earlier]);
  const native = answer.columns.length > 0 && answer.columns.every((column) => column.histograms);
  if (answer.columns.length === 0) return <p className="empty">Nothing matches in this range.</p>;
  if (mode === 'heatmap' && !heatmap) {
    return (
      <p className="empty">
        A heat map is drawn from histograms: series with the label <code>le</code>, or native ones.
      </p>
    );
  }
  if (mode !== 'heatmap' && native) {
    return (
      <p className="empty">
        These are native histograms: choose “Heat map”, or ask for{' '}
        <code>histogram_quantile(0.99, …)</code>.
      </p>
    );
  }
  return heatmap ? (
    <HeatmapGraph {...props} heatmap={heatmap} />
  ) : (
    <LinesGraph {...props} lines={lines} unit={unit} />
  );
}

function useWidth(host: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, [host]);
  return width;
}

// Where a plot is put; keys move over it.
function ChartBox({
  host,
  plot,
  select,
  children,
}: {
  host: RefObject<HTMLDivElement | null>;
  plot: RefObject<uPlot | null>;
  select: Props['select'];
  children: ReactNode;
}) {
  // Where earlier keys went, while the plot is still of the range before.
  const wanted = useRef<{ plot: uPlot; range: [number, number] }>(null);
  const press = (event: KeyboardEvent) => {
    const current = plot.current;
    if (event.ctrlKey || event.metaKey || event.altKey || !current) return;
    const { min = 0, max = 0 } = current.scales.x;
    const range = wanted.current?.plot === current ? wanted.current.range : [min, max];
    const go = (start: number, end: number) => {
      wanted.current = { plot: current, range: [start, end] };
      select(start, end);
    };
    if (moveByKey(current, event, range, go)) event.preventDefault();
  };
  return (
    <div
      className="chart"
      ref={host}
      role="group"
      aria-label="Graph"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move over it
      tabIndex={0}
      onKeyDown={press}
    >
      {children}
    </div>
  );
}

const heightFor = (width: number) => (width < 600 ? 240 : 340);

interface Tip {
  left: number;
  top: number;
  time: number;
  text: string;
}

function TipBox({ tip, width }: { tip: Tip | undefined; width: number }) {
  if (!tip) return null;
  const toLeft = tip.left > width / 2;
  return (
    <div
      className="tip"
      style={{
        top: tip.top + 12,
        ...(toLeft ? { right: width - tip.left + 12 } : { left: tip.left + 12 }),
      }}
    >
      <div className="dim">{formatTime(tip.time * 1000)}</div>
      <div>{tip.text}</div>
    </div>
  );
}

// The line whose drawn value is nearest to a height on the plot, within 30 pixels.
function nearestLine(plot: uPlot, data: Plotted[], index: number, top: number): number | null {
  let found: number | null = null;
  let least = 30;
  data.forEach((values, i) => {
    const value = values[index];
    if (value == null || !Number.isFinite(value)) return;
    const away = Math.abs(plot.valToPos(value, 'y') - top);
    if (away < least) [least, found] = [away, i];
  });
  return found;
}

function LinesGraph({
  answer,
  window,
  mode,
  select,
  canvas,
  lines,
  unit,
}: Props & { lines: Line[]; unit: ReturnType<typeof guessUnit> }) {
  const host = useRef<HTMLDivElement>(null);
  const current = useRef<uPlot>(null);
  const width = useWidth(host);
  const theme = useThemeName();
  const [isolated, setIsolated] = useState<Set<string>>(new Set());
  const [all, setAll] = useState(false);
  const [hovered, setHovered] = useState<number | null>(null);
  const [nearest, setNearest] = useState<number | null>(null);
  const [tip, setTip] = useState<Tip | undefined>();
  const differing = useMemo(() => differingLabels(lines.map((line) => line.labels)), [lines]);
  const wanted = useMemo(
    () => (isolated.size > 0 ? lines.filter((line) => isolated.has(lineKey(line))) : lines),
    [lines, isolated],
  );
  // What was isolated may be gone from the next answer.
  const shown = wanted.length > 0 ? wanted : lines;
  const drawn = useMemo(() => (all ? shown : shown.slice(0, fewLines)), [all, shown]);
  const latestSelect = useRef(select);
  latestSelect.current = select;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of theme changes the colours
  useEffect(() => {
    if (!host.current || width === 0) return;
    let waiting = 0;
    const { plot, data } = plotLines(
      host.current,
      { width, height: heightFor(width), start: window.start, end: window.end, unit },
      answer.times,
      drawn,
      mode === 'stacked',
      {
        select: (start, end) => latestSelect.current(start, end),
        hover: (index, left, top) => {
          cancelAnimationFrame(waiting);
          waiting = requestAnimationFrame(() => {
            setHovered(index);
            const own = index !== null && host.current?.matches(':hover, :focus-visible');
            const near = own ? nearestLine(plot, data, index, top) : null;
            setNearest(near === null ? null : lines.indexOf(drawn[near]));
            setTip(
              near === null || index === null
                ? undefined
                : {
                    left: left + plot.over.offsetLeft,
                    top,
                    time: answer.times[index],
                    text: `${drawn[near].name} ${formatValue(drawn[near].values[index], unit, 6)}`,
                  },
            );
          });
        },
      },
    );
    canvas.current = plot.ctx.canvas;
    current.current = plot;
    return () => {
      cancelAnimationFrame(waiting);
      plot.destroy();
    };
  }, [answer, drawn, lines, window.start, window.end, mode, unit, width, theme, canvas]);

  const isolate = (line: Line, add: boolean) =>
    setIsolated((before) => {
      const key = lineKey(line);
      if (!add) return before.size === 1 && before.has(key) ? new Set() : new Set([key]);
      const next = new Set(before);
      if (!next.delete(key)) next.add(key);
      return next;
    });

  return (
    <>
      <ChartBox host={host} plot={current} select={select}>
        <TipBox tip={tip} width={width} />
      </ChartBox>
      {drawn.length < shown.length && (
        <p className="note">
          {formatCount(drawn.length)} of {formatCount(shown.length)} series are drawn.{' '}
          <button type="button" className="link" onClick={() => setAll(true)}>
            Draw all
          </button>
        </p>
      )}
      <Legend
        lines={lines}
        unit={unit}
        hovered={hovered}
        nearest={nearest}
        isolated={wanted.length > 0 ? isolated : new Set()}
        differing={differing}
        isolate={isolate}
      />
    </>
  );
}

function HeatmapGraph({
  expr,
  answer,
  window,
  select,
  canvas,
  heatmap,
}: Props & { heatmap: Heatmap }) {
  const host = useRef<HTMLDivElement>(null);
  const current = useRef<uPlot>(null);
  const width = useWidth(host);
  const theme = useThemeName();
  const [tip, setTip] = useState<Tip | undefined>();
  const latestSelect = useRef(select);
  latestSelect.current = select;
  const rowUnit = useMemo(() => boundsUnit(expr), [expr]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of theme changes the colours
  useEffect(() => {
    if (!host.current || width === 0) return;
    const shape = {
      width,
      height: heightFor(width),
      start: window.start,
      end: window.end,
      unit: rowUnit,
    };
    const plot = plotHeatmap(host.current, shape, answer.times, heatmap, {
      select: (start, end) => latestSelect.current(start, end),
      hover: (index, left, top) => {
        const text = index !== null ? cellText(plot, heatmap, index, top, rowUnit) : undefined;
        setTip(
          text && index !== null && host.current?.matches(':hover, :focus-visible')
            ? { left: left + plot.over.offsetLeft, top, time: answer.times[index], text }
            : undefined,
        );
      },
    });
    canvas.current = plot.ctx.canvas;
    current.current = plot;
    return () => plot.destroy();
  }, [answer, heatmap, window.start, window.end, rowUnit, width, theme, canvas]);

  return (
    <ChartBox host={host} plot={current} select={select}>
      <TipBox tip={tip} width={width} />
    </ChartBox>
  );
}

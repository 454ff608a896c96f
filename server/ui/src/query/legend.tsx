import { formatValue } from '../format/number';
import type { Unit } from '../format/unit';
import { SeriesName } from '../parts/series_name';
import { VirtualRows } from '../parts/virtual_rows';
import { isDark, seriesColour } from './colours';
import type { Line } from './lines';

interface Props {
  lines: Line[];
  unit: Unit;
  hovered: number | null; // step under the crosshair
  nearest: number | null; // line under it
  isolated: Set<string>; // empty: all are shown
  differing: Set<string>;
  isolate: (line: Line, add: boolean) => void;
}

export const lineKey = (line: Line) => (line.before ? `before ${line.name}` : line.name);

// The lines with what they are at the crosshair, or at their end, and between which values they were.
export function Legend({ lines, unit, hovered, nearest, isolated, differing, isolate }: Props) {
  const dark = isDark();
  const show = (value: number) => (Number.isNaN(value) ? '–' : formatValue(value, unit));
  return (
    <VirtualRows
      className="legend"
      label="Legend"
      count={lines.length}
      rowHeight={22}
      header={
        <div role="row" className="row head">
          <span role="columnheader" className="grow">
            Series
          </span>
          <span role="columnheader">{hovered === null ? 'Last' : 'Here'}</span>
          <span role="columnheader" className="wide">
            Min
          </span>
          <span role="columnheader" className="wide">
            Mean
          </span>
          <span role="columnheader" className="wide">
            Max
          </span>
        </div>
      }
      row={(i) => {
        const line = lines[i];
        const off = isolated.size > 0 && !isolated.has(lineKey(line));
        return (
          <div
            role="row"
            key={lineKey(line)}
            className={`row${off ? ' off' : ''}${i === nearest ? ' near' : ''}`}
          >
            <span role="cell" className="grow">
              <button
                type="button"
                className="plain"
                aria-pressed={isolated.size > 0 && !off}
                title="Show it alone; with Ctrl, add it to those shown"
                onClick={(event) => isolate(line, event.ctrlKey || event.metaKey)}
                onKeyDown={(event) => {
                  // With Ctrl, Enter is no click.
                  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
                    isolate(line, true);
                }}
              >
                <i className="swatch" style={{ background: seriesColour(line.colour, dark) }} />
                {line.before && <span className="dim">before </span>}
                <SeriesName
                  labels={line.labels}
                  strong={differing.size > 0 ? differing : undefined}
                />
              </button>
            </span>
            <span role="cell" className="number">
              {show(hovered === null ? line.last : line.values[hovered])}
            </span>
            <span role="cell" className="number wide">
              {show(line.min)}
            </span>
            <span role="cell" className="number wide">
              {show(line.mean)}
            </span>
            <span role="cell" className="number wide">
              {show(line.max)}
            </span>
          </div>
        );
      }}
    />
  );
}

import { useEffect, useState } from 'react';
import { formatDuration, parseDuration } from '../format/duration';
import { type End, formatEnd, now, parseEnd } from '../format/time';
import type { Mode, PanelState } from './panel_state';
import { stepOf } from './panel_state';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const ranges = [1, 5, 15, 30]
  .map((n) => n * minute)
  .concat(
    [1, 2, 6, 12].map((n) => n * hour),
    [1, 2, 7, 14, 28, 56, 365].map((n) => n * day),
  );

export function nextRange(rangeMs: number, up: boolean): number {
  const found = up ? ranges.find((one) => one > rangeMs) : ranges.findLast((one) => one < rangeMs);
  return found ?? rangeMs;
}

interface Props {
  state: PanelState;
  change: (part: Partial<PanelState>) => void;
}

// A field that is taken over when it is left or Enter is pressed, and only if it makes sense.
function LooseField<T>({
  label,
  shown,
  placeholder,
  size,
  parse,
  take,
}: {
  label: string;
  shown: string;
  placeholder: string;
  size: number;
  parse: (text: string) => T | undefined;
  take: (value: T) => void;
}) {
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  const value = parse(text);
  const commit = () => {
    if (text !== shown && value !== undefined) take(value);
    if (value === undefined) setText(shown);
  };
  return (
    <input
      aria-label={label}
      title={label}
      placeholder={placeholder}
      value={text}
      size={size}
      aria-invalid={value === undefined}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
        if (event.key === 'Escape') setText(shown);
      }}
    />
  );
}

// Zero and less make no range.
const positive = (text: string) => {
  const value = parseDuration(text);
  return value && value > 0 ? value : undefined;
};
// Nothing is an answer too: null.
const optional = (text: string) => (text.trim() === '' ? null : positive(text));

export function RangeField({ state, change }: Props) {
  return (
    <span className="group">
      <button
        type="button"
        title="Shorter range"
        onClick={() => change({ rangeMs: nextRange(state.rangeMs, false) })}
      >
        −
      </button>
      <LooseField
        label="Range"
        shown={formatDuration(state.rangeMs)}
        placeholder="1h"
        size={5}
        parse={positive}
        take={(rangeMs) => change({ rangeMs })}
      />
      <button
        type="button"
        title="Longer range"
        onClick={() => change({ rangeMs: nextRange(state.rangeMs, true) })}
      >
        +
      </button>
    </span>
  );
}

// Moves an end by a part of the range; what would be in the future is now.
export function moveEnd(end: End, byMs: number, nowMs: number): End {
  const at = (end.kind === 'at' ? end.ms : nowMs - end.agoMs) + byMs;
  return at >= nowMs ? now : { kind: 'at', ms: at };
}

export function EndField({ state, change }: Props) {
  const half = state.rangeMs / 2;
  return (
    <span className="group">
      <button
        type="button"
        title="Back by half the range"
        onClick={() => change({ end: moveEnd(state.end, -half, Date.now()) })}
      >
        ◂
      </button>
      <LooseField<End>
        label="End: now, now-2h, or a date and time"
        shown={formatEnd(state.end)}
        placeholder="now"
        size={17}
        parse={parseEnd}
        take={(end) => change({ end })}
      />
      <button
        type="button"
        title="On by half the range"
        onClick={() => change({ end: moveEnd(state.end, half, Date.now()) })}
      >
        ▸
      </button>
      {state.end.kind === 'at' && (
        <button type="button" title="Back to now" onClick={() => change({ end: now })}>
          now
        </button>
      )}
    </span>
  );
}

const modes: [Mode, string][] = [
  ['lines', 'Lines'],
  ['stacked', 'Stacked'],
  ['heatmap', 'Heat map'],
];

export function GraphOptions({ state, change }: Props) {
  return (
    <>
      <LooseField<number | null>
        label="Step between points"
        shown={state.stepMs === undefined ? '' : formatDuration(state.stepMs)}
        placeholder={`step ${formatDuration(stepOf(state))}`}
        size={8}
        parse={optional}
        take={(stepMs) => change({ stepMs: stepMs ?? undefined })}
      />
      <span className="group" role="group" aria-label="Kind of graph">
        {modes.map(([mode, name]) => (
          <button
            type="button"
            key={mode}
            aria-pressed={state.mode === mode}
            onClick={() => change({ mode })}
          >
            {name}
          </button>
        ))}
      </span>
      {state.mode === 'lines' && (
        <LooseField<number | null>
          label="Compare with what was so long before"
          shown={state.compareMs === undefined ? '' : formatDuration(state.compareMs)}
          placeholder="compare, e.g. 1d"
          size={13}
          parse={optional}
          take={(compareMs) => change({ compareMs: compareMs ?? undefined })}
        />
      )}
    </>
  );
}

import { useEffect, useRef, useState } from 'react';
import { ask, errorText } from '../api/client';
import { formatCount, formatValue, plural } from '../format/number';
import { Menu } from '../parts/menu';
import type { AnswerNotes } from './answer';
import { EndField, GraphOptions, RangeField } from './controls';
import { instantCsv, rangeCsv } from './csv';
import { type EditorHandle, QueryEditor } from './editor';
import { Explain } from './explain';
import { Graph } from './graph';
import { readHistory, remember } from './history';
import type { PanelState, Tab } from './panel_state';
import { ResultTable } from './result_table';
import { saveCsv, savePng } from './save';
import { type Answer, useAnswer } from './use_answer';

interface Props {
  index: number;
  state: PanelState;
  refresh: number;
  change: (part: Partial<PanelState>) => void;
  remove?: () => void;
  duplicate?: () => void;
}

const tabs: [Tab, string][] = [
  ['table', 'Table'],
  ['graph', 'Graph'],
  ['explain', 'Explain'],
];

export function Panel({ index, state, refresh, change, remove, duplicate }: Props) {
  const editor = useRef<EditorHandle>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const draft = useRef(state.expr);
  const [runs, setRuns] = useState(0);
  const [stops, setStops] = useState(0);
  const [problem, setProblem] = useState<string>();
  const { answer, error, busy } = useAnswer(state, runs + refresh, stops);

  useEffect(() => {
    // The URL says otherwise, after Back for example.
    if (state.expr === draft.current) return;
    draft.current = state.expr;
    editor.current?.setText(state.expr);
  }, [state.expr]);

  const run = () => {
    setProblem(undefined);
    remember(draft.current);
    if (draft.current !== state.expr) change({ expr: draft.current });
    else setRuns((count) => count + 1);
  };
  const put = (text: string) => {
    draft.current = text;
    editor.current?.setText(text);
  };
  const choose = (text: string) => {
    put(text);
    editor.current?.focus();
  };
  const format = () =>
    ask<string>('format_query', { query: draft.current }).then(put, (reason) =>
      setProblem(errorText(reason)),
    );
  const edit = (text: string) => {
    draft.current = text;
  };
  const select = (start: number, end: number) =>
    change({
      rangeMs: Math.max(1000, Math.round((end - start) * 1000)),
      end: { kind: 'at', ms: Math.round(end * 1000) },
    });

  return (
    <section className="panel" aria-label={`Panel ${index + 1}`}>
      <div className="query-line">
        <QueryEditor
          ref={editor}
          text={state.expr}
          label={`Query ${index + 1}`}
          events={{ run, format, change: edit }}
          focused={index === 0 && state.expr === ''}
        />
        {busy ? (
          <button type="button" className="primary" onClick={() => setStops((count) => count + 1)}>
            Stop
          </button>
        ) : (
          <button type="button" className="primary" onClick={run}>
            Run
          </button>
        )}
      </div>
      <div className="bar">
        <span className="group" role="group" aria-label="View">
          {tabs.map(([tab, name]) => (
            <button
              type="button"
              key={tab}
              aria-pressed={state.tab === tab}
              onClick={() => change({ tab })}
            >
              {name}
            </button>
          ))}
        </span>
        {state.tab !== 'table' && <RangeField state={state} change={change} />}
        <EndField state={state} change={change} />
        {state.tab === 'graph' && <GraphOptions state={state} change={change} />}
        <span className="grow" />
        <HistoryMenu choose={choose} />
        <button type="button" title="Lay out the query (Shift+Alt+F)" onClick={format}>
          Format
        </button>
        <ExportMenu answer={answer} canvas={canvas} />
        {duplicate && (
          <button type="button" title="Another panel with this query" onClick={duplicate}>
            Duplicate
          </button>
        )}
        {remove && (
          <button
            type="button"
            title="Remove this panel"
            aria-label={`Remove panel ${index + 1}`}
            onClick={remove}
          >
            ✕
          </button>
        )}
      </div>
      <div className={`answer${busy ? ' busy' : ''}`} aria-busy={busy}>
        {(problem ?? error) && (
          <p className="error" role="alert">
            {problem ?? error}
          </p>
        )}
        {state.expr === '' && <Start choose={choose} />}
        {answer && !error && (
          <Notes notes={answer.instant ?? (answer.range as AnswerNotes)} answer={answer} />
        )}
        {answer && !error && (
          <Result answer={answer} state={state} select={select} canvas={canvas} />
        )}
      </div>
    </section>
  );
}

const starts = ['up', 'topk(10, scrape_samples_scraped)', 'sum by (job) (scrape_duration_seconds)'];

function Start({ choose }: { choose: (expr: string) => void }) {
  return (
    <p className="empty">
      To begin with:{' '}
      {starts.map((expr) => (
        <button type="button" key={expr} onClick={() => choose(expr)}>
          <code>{expr}</code>
        </button>
      ))}
    </p>
  );
}

function Result({
  answer,
  state,
  select,
  canvas,
}: {
  answer: Answer;
  state: PanelState;
  select: (start: number, end: number) => void;
  canvas: React.RefObject<HTMLCanvasElement | null>;
}) {
  const { instant, range, earlier, window, expr } = answer;
  if (state.tab === 'table' && instant) return <ResultTable answer={instant} />;
  if (state.tab === 'explain' && range?.explain) return <Explain root={range.explain} />;
  if (state.tab === 'graph' && range && window) {
    return (
      <Graph
        expr={expr}
        answer={range}
        earlier={earlier}
        window={window}
        mode={state.mode}
        select={select}
        canvas={canvas}
      />
    );
  }
  return null; // of the tab before; its own answer is on the way
}

function seriesCount({ instant, range }: Answer): number | undefined {
  if (range) return range.columns.length;
  const result = instant?.data.result;
  const many = instant?.data.resultType === 'vector' || instant?.data.resultType === 'matrix';
  return many ? result?.length : undefined;
}

function Notes({ notes, answer }: { notes: AnswerNotes; answer: Answer }) {
  const count = seriesCount(answer);
  const { stats } = notes;
  return (
    <>
      <p className="note" role="status">
        {count !== undefined && `${plural(count, 'series', 'series')} · `}
        {formatValue(notes.tookMs / 1000, 'seconds', 3)}
        {stats && ` · ${formatCount(stats.samples.totalQueryableSamples)} samples read`}
      </p>
      {notes.warnings.map((text) => (
        <p key={text} className="warning">
          {text}
        </p>
      ))}
      {notes.infos.map((text) => (
        <p key={text} className="info">
          {text}
        </p>
      ))}
    </>
  );
}

function HistoryMenu({ choose }: { choose: (expr: string) => void }) {
  return (
    <Menu
      label="History"
      items={() =>
        readHistory().map((expr) => ({ key: expr, label: expr, act: () => choose(expr) }))
      }
      none="No query was run in this browser yet."
      filter
    />
  );
}

function ExportMenu({
  answer,
  canvas,
}: {
  answer?: Answer;
  canvas: React.RefObject<HTMLCanvasElement | null>;
}) {
  const items = () => {
    const all = [];
    const { range, instant, expr } = answer ?? {};
    const data = instant?.data;
    if (range)
      all.push({
        key: 'csv',
        label: 'CSV',
        act: () => saveCsv('query_range.csv', rangeCsv(range)),
      });
    if (data && (data.resultType === 'vector' || data.resultType === 'matrix')) {
      all.push({
        key: 'csv',
        label: 'CSV',
        act: () => saveCsv('query.csv', instantCsv(data.result)),
      });
    }
    const plot = canvas.current;
    if (plot?.isConnected && expr) {
      all.push({ key: 'png', label: 'PNG', act: () => savePng('graph.png', plot, expr) });
    }
    return all;
  };
  return <Menu label="Export" items={items} none="Run a query first." />;
}

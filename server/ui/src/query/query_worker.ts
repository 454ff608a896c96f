// Asks and parses beside the page's thread, which goes on while an answer of many megabytes is read.

import { ApiError, readAnswer } from '../api/envelope';
import type { InstantData, RangeSeries } from '../api/types';
import { type Grid, gridTimes, type InstantAnswer, type RangeAnswer, toColumn } from './answer';

export interface Ask {
  id: number;
  url: string;
  body: string;
  grid?: Grid; // of a range query
}

export type ToWorker = Ask | { id: number; abort: true };

export interface FromWorker {
  id: number;
  instant?: InstantAnswer;
  range?: RangeAnswer;
  error?: { status: number; kind: string; message: string };
}

const running = new Map<number, AbortController>();
const send = (message: FromWorker, transfer: Transferable[] = []) =>
  (postMessage as (message: FromWorker, transfer: Transferable[]) => void)(message, transfer);

async function answer(ask: Ask, signal: AbortSignal) {
  const began = performance.now();
  const response = await fetch(ask.url, {
    method: 'POST',
    body: new URLSearchParams(ask.body),
    signal,
    credentials: 'same-origin',
  });
  const envelope = await readAnswer(response);
  const data = envelope.data as InstantData;
  const notes = {
    stats: data.stats,
    explain: data.explain,
    warnings: envelope.warnings ?? [],
    infos: envelope.infos ?? [],
  };
  if (!ask.grid) {
    send({ id: ask.id, instant: { data, ...notes, tookMs: performance.now() - began } });
    return;
  }
  const grid = ask.grid;
  const columns = (data.result as RangeSeries[]).map((series) => toColumn(series, grid));
  const range = { times: gridTimes(grid), columns, ...notes, tookMs: performance.now() - began };
  send({ id: ask.id, range }, [
    range.times.buffer,
    ...columns.map((column) => column.values.buffer),
  ]);
}

addEventListener('message', async ({ data: message }: MessageEvent<ToWorker>) => {
  if ('abort' in message) {
    running.get(message.id)?.abort();
    return;
  }
  const controller = new AbortController();
  running.set(message.id, controller);
  try {
    await answer(message, controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return;
    const { status, kind } = error instanceof ApiError ? error : { status: 0, kind: 'network' };
    const text =
      error instanceof TypeError
        ? 'the server cannot be reached'
        : String((error as Error).message);
    send({ id: message.id, error: { status, kind, message: text } });
  } finally {
    running.delete(message.id);
  }
});

// Queries, asked through the worker.

import { base } from '../api/base';
import { encode, type Parameters } from '../api/client';
import { ApiError } from '../api/envelope';
import { noteUnavailable } from '../api/starting';
import type { Grid, InstantAnswer, RangeAnswer } from './answer';
import type { Window } from './panel_state';
import type { FromWorker, ToWorker } from './query_worker';

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, (message: FromWorker) => void>();

function theWorker(): Worker {
  if (!worker) {
    worker = new Worker(new URL('./query_worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
    });
  }
  return worker;
}

function exchange(path: string, parameters: Parameters, signal: AbortSignal, grid?: Grid) {
  return new Promise<FromWorker>((resolve, reject) => {
    const id = ++lastId;
    const post = (message: ToWorker) => theWorker().postMessage(message);
    signal.addEventListener('abort', () => {
      waiting.delete(id);
      post({ id, abort: true });
      reject(new DOMException('stopped', 'AbortError'));
    });
    waiting.set(id, (message) => {
      if (!message.error) {
        resolve(message);
        return;
      }
      const { status, kind, message: text } = message.error;
      const error = new ApiError(status, kind, text);
      noteUnavailable(error);
      reject(error);
    });
    post({ id, url: `${base}api/v1/${path}`, body: encode(parameters).toString(), grid });
  });
}

export async function askInstant(
  query: string,
  timeMs: number,
  signal: AbortSignal,
): Promise<InstantAnswer> {
  const parameters = { query, time: timeMs / 1000, stats: 'true' };
  const { instant } = await exchange('query', parameters, signal);
  return instant as InstantAnswer;
}

export async function askRange(
  query: string,
  window: Window,
  signal: AbortSignal,
  explain = false,
): Promise<RangeAnswer> {
  const [start, end, step] = [window.start / 1000, window.end / 1000, window.step / 1000];
  const grid = { start, step, points: Math.floor((window.end - window.start) / window.step) + 1 };
  const parameters = {
    query,
    start,
    end,
    step,
    stats: 'true',
    explain: explain ? 'true' : undefined,
  };
  const { range } = await exchange('query_range', parameters, signal, grid);
  return range as RangeAnswer;
}

// A server that has only just started answers 503 until it has read its log. Here is watched how far it is.

import { useSyncExternalStore } from 'react';
import { base } from './base';
import { ApiError } from './envelope';
import type { Replay } from './replay';

export interface Starting {
  replay?: Replay; // undefined where the server does not tell
}

interface State {
  starting?: Starting; // undefined: the server is ready, or cannot be reached at all
  started: number; // how often it became ready while this page was open
}

const lookMs = 500;

let state: State = { started: 0 };
let watching = false;
const listeners = new Set<() => void>();

function change(next: State) {
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useStarting = () => useSyncExternalStore(subscribe, () => state.starting);

// What was asked in vain while the server started is asked again when this changes.
export const useStarted = () => useSyncExternalStore(subscribe, () => state.started);

async function isStarting(): Promise<boolean> {
  try {
    return (await fetch(`${base}-/ready`, { credentials: 'same-origin' })).status === 503;
  } catch {
    return false;
  }
}

async function readReplay(): Promise<Replay | undefined> {
  try {
    const response = await fetch(`${base}api/v1/status/walreplay`, { credentials: 'same-origin' });
    const replay = (await response.json()).data;
    return typeof replay?.max === 'number' ? replay : undefined;
  } catch {
    return undefined;
  }
}

// Looks whether the server is starting, and while it is, until it has started.
export async function watchStart() {
  if (watching) return;
  watching = true;
  while (await isStarting()) {
    change({ ...state, starting: { replay: await readReplay() } });
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  watching = false;
  if (state.starting) change({ started: state.started + 1 });
}

// To be told every error of a request: queries that time out or are cancelled answer 503 as well.
export function noteUnavailable(error: unknown) {
  if (error instanceof ApiError && error.status === 503 && /^(http|unavailable)$/.test(error.kind))
    watchStart();
}

// Requests to the server that the page came from.

import { base } from './base';
import { ApiError, readAnswer } from './envelope';
import { noteUnavailable } from './starting';

export type Parameters = Record<string, string | number | undefined>;

export function encode(parameters: Parameters): URLSearchParams {
  const encoded = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') encoded.set(name, String(value));
  }
  return encoded;
}

function get(path: string, parameters: Parameters, signal?: AbortSignal): Promise<Response> {
  const query = encode(parameters).toString();
  return fetch(`${base}api/v1/${path}${query && `?${query}`}`, {
    signal,
    credentials: 'same-origin',
  });
}

export async function ask<T>(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<T> {
  try {
    return (await readAnswer(await get(path, parameters, signal))).data as T;
  } catch (error) {
    noteUnavailable(error);
    throw error;
  }
}

// Of the endpoints that answer in lines of JSON each.
export async function askLines(path: string, parameters: Parameters): Promise<unknown[]> {
  const response = await get(path, parameters);
  if (!response.ok) await readAnswer(response);
  try {
    const lines = (await response.text()).split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as unknown);
  } catch {
    throw new ApiError(response.status, 'http', 'the answer of the server cannot be read');
  }
}

// A call that changes something; its answer has no body.
export async function post(path: string): Promise<void> {
  const response = await fetch(`${base}api/v1/${path}`, {
    method: 'POST',
    credentials: 'same-origin',
  });
  if (!response.ok) await readAnswer(response);
}

export function errorText(error: unknown): string {
  if (error instanceof TypeError) return 'the server cannot be reached';
  return error instanceof Error ? error.message : String(error);
}

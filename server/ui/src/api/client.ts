// Requests to the server that the page came from.

import { readAnswer } from './envelope';

// Pages are one level deep, so this is the folder that the server serves, whatever its prefix.
export const base = new URL('.', document.baseURI).href;

export type Parameters = Record<string, string | number | undefined>;

export function encode(parameters: Parameters): URLSearchParams {
  const encoded = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') encoded.set(name, String(value));
  }
  return encoded;
}

export async function ask<T>(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<T> {
  const query = encode(parameters).toString();
  const response = await fetch(`${base}api/v1/${path}${query && `?${query}`}`, {
    signal,
    credentials: 'same-origin',
  });
  return (await readAnswer(response)).data as T;
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

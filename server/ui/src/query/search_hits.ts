// Answers of /api/v1/search/: lines of results, and a last one that says how it went.

// One of what was found, by the server's name for it; of metrics also what is known of them.
export interface Hit {
  text: string;
  type?: string;
  help?: string;
}

interface Line {
  results?: { name?: string; value?: string; type?: string; help?: string }[];
  status?: string;
}

export function readHits(lines: unknown[]): Hit[] {
  const all = lines as Line[];
  if (all.at(-1)?.status !== 'success') return []; // cut off
  return all
    .flatMap(({ results = [] }) => results)
    .map(({ name, value, type, help }) => ({ text: name ?? value ?? '', type, help }));
}

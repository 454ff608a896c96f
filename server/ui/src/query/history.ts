// The queries that were run in this browser, the newest first.

const key = 'narthex.history';
const most = 200;
const longest = 10_000; // characters

export function readHistory(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(stored)
      ? stored.filter((one) => typeof one === 'string').slice(0, most)
      : [];
  } catch {
    return []; // no storage, or what is stored is not ours
  }
}

export function addToHistory(history: string[], expr: string): string[] {
  const trimmed = expr.trim();
  if (trimmed === '' || trimmed.length > longest) return history;
  return [trimmed, ...history.filter((one) => one !== trimmed)].slice(0, most);
}

export function remember(expr: string) {
  try {
    localStorage.setItem(key, JSON.stringify(addToHistory(readHistory(), expr)));
  } catch {
    // Private windows have no storage: then there is no history.
  }
}

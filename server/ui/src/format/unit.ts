// What the values of a query are, guessed from the names in it: names end with their unit.

export type Unit = 'none' | 'bytes' | 'bytes/s' | 'seconds' | 'ratio' | 'per second' | 'celsius';

const bySuffix: [RegExp, Unit][] = [
  [/_timestamp_seconds$|_time_seconds$/, 'none'],
  [/_bytes$/, 'bytes'],
  [/_seconds$/, 'seconds'],
  [/_ratio$/, 'ratio'],
  [/_celsius$/, 'celsius'],
];

function unitOfName(name: string): Unit {
  const bare = name.replace(/_(total|bucket|sum)$/, '');
  return bySuffix.find(([suffix]) => suffix.test(bare))?.[1] ?? 'none';
}

// Text in quotes, durations and label lists name no metric.
function withoutDetails(expr: string): string {
  return expr
    .replace(/#.*$/gm, '')
    .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
}

const countingCalls =
  /^\s*(count|count_over_time|absent|group|changes|resets|timestamp|count_values)\b/;

function namesIn(text: string): string[] {
  return [...text.matchAll(/[a-zA-Z_:][\w:]*(?!\s*\()\b/g)]
    .map(([name]) => name)
    .filter((name) => name.includes('_'));
}

// The one that all have.
function commonUnit(names: string[]): Unit {
  const units = new Set(names.map(unitOfName));
  return units.size === 1 ? [...units][0] : 'none';
}

export function guessUnit(expr: string): Unit {
  const text = withoutDetails(expr);
  if (countingCalls.test(text) || /[<>=!]=?\s*bool|\*\s*100\b|\/|\bstdvar/.test(text))
    return 'none';
  const names = namesIn(text);
  const unit = commonUnit(names);
  if (/\bhistogram_(quantiles?|avg|stddev)\s*\(/.test(text)) return unit;
  const rate = /\b(rate|irate|deriv)\s*\(/.test(text);
  const counts = names.some((name) => name.endsWith('_bucket')) || /\bhistogram_count\b/.test(text);
  if (counts) return rate ? 'per second' : 'none';
  if (!rate) return unit;
  if (unit === 'bytes') return 'bytes/s';
  return unit === 'none' ? 'per second' : 'none'; // seconds per second have no unit
}

// What a histogram counts, and so what the bounds of its buckets are.
export function boundsUnit(expr: string): Unit {
  return commonUnit(namesIn(withoutDetails(expr)));
}

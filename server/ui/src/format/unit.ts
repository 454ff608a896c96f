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

export function guessUnit(expr: string): Unit {
  const text = withoutDetails(expr);
  if (countingCalls.test(text) || /[<>=!]=?\s*bool|\*\s*100\b|\/|\bstdvar/.test(text))
    return 'none';
  const names = [...text.matchAll(/[a-zA-Z_:][\w:]*(?!\s*\()\b/g)]
    .map(([name]) => name)
    .filter((name) => name.includes('_') && !text.includes(`${name}(`));
  const units = new Set(names.map(unitOfName));
  if (units.size !== 1) return 'none';
  const unit = [...units][0];
  const rate = /\b(rate|irate|deriv)\s*\(/.test(text);
  const bucket = names.some((name) => name.endsWith('_bucket'));
  if (!rate || (bucket && /histogram_quantile/.test(text))) {
    return bucket && !/histogram_quantile/.test(text) ? 'none' : unit;
  }
  if (bucket) return 'per second';
  if (unit === 'bytes') return 'bytes/s';
  return unit === 'none' ? 'per second' : 'none'; // seconds per second have no unit
}

// What is shown, as comma-separated values.

import type { InstantSeries } from '../api/types';
import { seriesText } from '../format/series';
import type { RangeAnswer } from './answer';

// RFC 4180. A spreadsheet takes what begins like a formula for one, so such text is kept from it by a quote.
export function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

const line = (fields: string[]) => `${fields.map(csvField).join(',')}\r\n`;

// A row a step, a column a series.
export function rangeCsv(answer: RangeAnswer): string {
  let text = line(['time', ...answer.columns.map((column) => seriesText(column.labels))]);
  answer.times.forEach((time, i) => {
    const values = answer.columns.map(({ values }) =>
      Number.isNaN(values[i]) ? '' : String(values[i]),
    );
    text += line([new Date(time * 1000).toISOString(), ...values]);
  });
  return text;
}

// A row a sample, a column a label.
export function instantCsv(series: InstantSeries[]): string {
  const names = [...new Set(series.flatMap((one) => Object.keys(one.metric)))].sort();
  let text = line([...names, 'time', 'value']);
  for (const one of series) {
    const labels = names.map((name) => one.metric[name] ?? '');
    for (const [time, value] of one.values ?? (one.value ? [one.value] : [])) {
      text += line([...labels, new Date(time * 1000).toISOString(), value]);
    }
  }
  return text;
}

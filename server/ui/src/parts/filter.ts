// The filter of the lists: words, all of which must be found somewhere; `name=value` is found in a label of that
// name, from its begin.

import type { Labels } from '../api/types';

// What is searched of one row, in small letters: a line a text and a value, a line a label.
interface Searchable {
  texts: string;
  pairs: string;
}

function searchable(texts: string[], labels: Labels[]): Searchable {
  const entries = labels.flatMap((set) => Object.entries(set));
  const values = entries.map(([, value]) => value);
  const pairs = entries.map(([name, value]) => `${name}=${value}`);
  return {
    texts: [...texts, ...values].join('\n').toLowerCase(),
    pairs: `\n${pairs.join('\n')}`.toLowerCase(),
  };
}

// A filter of rows by a text. What `read` gives of a row is kept with it, as the text changes letter by letter.
export function makeFilter<Row extends object>(read: (row: Row) => [string[], Labels[]]) {
  const known = new WeakMap<Row, Searchable>();
  return (text: string) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return (row: Row): boolean => {
      if (words.length === 0) return true;
      const { texts, pairs } = known.get(row) ?? searchable(...read(row));
      known.set(row, { texts, pairs });
      return words.every(
        (word) =>
          texts.includes(word) ||
          (word.indexOf('=') > 0 && pairs.includes(`\n${word.replace(/"/g, '')}`)),
      );
    };
  };
}

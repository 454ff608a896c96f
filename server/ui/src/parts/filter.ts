// The filter of the lists: words, all of which must be found somewhere; `name=value` is found in a label of that
// name, from its begin.

import type { Labels } from '../api/types';

export type Filter = (texts: string[], labels: Labels[]) => boolean;

export function makeFilter(text: string): Filter {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (texts, labels) =>
    words.every((word) => {
      const equals = word.indexOf('=');
      if (equals > 0) {
        const [name, value] = [word.slice(0, equals), word.slice(equals + 1).replace(/"/g, '')];
        if (labels.some((set) => set[name]?.toLowerCase().startsWith(value))) return true;
      }
      const has = (one: string) => one.toLowerCase().includes(word);
      return texts.some(has) || labels.some((set) => Object.values(set).some(has));
    });
}

// The order of what completion offers, which suits operators.

import type { Completion } from '@codemirror/autocomplete';
import type { Hit } from './search_hits';

export const mostOffered = 500;

// What begins with the typed text goes before what has it at a word's begin, and that before what has it anywhere.
export function rank(name: string, typed: string): number {
  const [text, wanted] = [name.toLowerCase(), typed.toLowerCase()];
  if (text.startsWith(wanted)) return 3;
  const at = text.indexOf(wanted);
  if (at > 0) return /[_:.\-/]/.test(text[at - 1]) ? 2 : 1;
  return isSubsequence(wanted, text) ? 0 : -1;
}

function isSubsequence(part: string, whole: string): boolean {
  let next = 0;
  for (const letter of whole) if (letter === part[next]) next++;
  return next === part.length;
}

// The best of them, with a boost that the editor sorts by.
export function best(options: readonly Completion[], typed: string): Completion[] {
  return options
    .map((option) => ({ option, score: rank(option.label, typed) }))
    .filter(({ score }) => score >= 0)
    .sort((a, b) => b.score - a.score || a.option.label.length - b.option.label.length)
    .slice(0, mostOffered)
    .map(({ option, score }) => ({ ...option, boost: (option.boost ?? 0) + score * 10 }));
}

// What the server found, in its order, below functions and words of the language that begin with what was typed, and
// above those that have it elsewhere.
export function merged(
  options: readonly Completion[],
  hits: readonly Hit[],
  typed: string,
  helpOf: (metric: string) => Promise<string | undefined>,
): Completion[] {
  const found = new Map(options.map((option) => [option.label, option]));
  const server = hits.flatMap(({ text, type, help }): Completion[] => {
    const option = found.get(text);
    if (!option) return [];
    found.delete(text);
    if (option.type !== 'constant' || type === undefined) return [option];
    return [{ ...option, detail: type, info: help ?? (() => helpNode(helpOf(text))) }];
  });
  const words = [...found.values()].map((option) => ({ option, score: rank(option.label, typed) }));
  const above = words.filter(({ score }) => typed !== '' && score === 3);
  const below = words.filter(({ score }) => typed === '' || score === 2 || score === 1);
  return [...above.map(({ option }) => option), ...server, ...below.map(({ option }) => option)];
}

async function helpNode(help: Promise<string | undefined>): Promise<Node | null> {
  const text = await help;
  return text ? document.createTextNode(text) : null;
}

// Where the typed text stands in an option, to be marked.
export function marks(label: string, typed: string): number[] {
  const at = typed === '' ? -1 : label.toLowerCase().indexOf(typed.toLowerCase());
  return at < 0 ? [] : [at, at + typed.length];
}

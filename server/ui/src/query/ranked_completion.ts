// What completion offers, in an order that suits operators: what begins with the typed text goes before
// what has it at a word's begin, and that before what has it anywhere.

import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { CompleteStrategy } from '@prometheus-io/codemirror-promql';

const mostOffered = 500;

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

export function rankedCompletion(inner: CompleteStrategy): CompleteStrategy {
  return {
    async promQL(context: CompletionContext): Promise<CompletionResult | null> {
      const result = await inner.promQL(context);
      if (!result || result.options.length <= mostOffered) return result;
      const typed = context.state.sliceDoc(result.from, context.pos);
      // Without validFor the next letter asks again, and what was cut off has its chance.
      return { from: result.from, to: result.to, options: best(result.options, typed) };
    },
    destroy: () => inner.destroy?.(),
  };
}

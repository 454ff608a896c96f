// What completion offers. A server that ranks names by itself is asked at each letter; of another all names are taken, up
// to a bound, and ranked here.

import { CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { forceParsing, syntaxTree, syntaxTreeAvailable } from '@codemirror/language';
import { type CompleteStrategy, newCompleteStrategy } from '@prometheus-io/codemirror-promql';
import { StringLiteral } from '@prometheus-io/lezer-promql';
import type { CompletionClient } from './completion_client';
import { best, marks, merged, mostOffered } from './completion_order';
import { SearchClient } from './search_client';

const mostWithMetadata = 20_000;
const parseMs = 500; // a query is short

// A busy machine may not have parsed what was typed when it is to be completed.
function parsed(context: CompletionContext): CompletionContext {
  const { view, state, pos, explicit } = context;
  if (!view || syntaxTreeAvailable(state, state.doc.length)) return context;
  forceParsing(view, state.doc.length, parseMs);
  return view.state.doc.eq(state.doc)
    ? new CompletionContext(view.state, pos, explicit, view)
    : context;
}

// The text that a completion would go on with.
function typedBefore({ state, pos }: CompletionContext): string {
  const node = syntaxTree(state).resolve(pos, -1);
  if (node.type.id === StringLiteral) return state.sliceDoc(node.from + 1, pos);
  return /[\w:.]*$/.exec(state.sliceDoc(state.doc.lineAt(pos).from, pos))?.[0] ?? '';
}

async function searched(
  client: CompletionClient,
  context: CompletionContext,
): Promise<CompletionResult | null> {
  const typed = typedBefore(context);
  const search = new SearchClient(typed, client);
  const result = await newCompleteStrategy({ remote: search }).promQL(context);
  if (!result) return null;
  const text = context.state.sliceDoc(result.from, context.pos);
  return {
    from: result.from,
    to: result.to,
    options: merged(result.options, search.hits, text, (metric) => client.helpOf(metric)),
    filter: false,
    getMatch: ({ label }) => marks(label, text),
  };
}

export function rankedCompletion(client: CompletionClient): CompleteStrategy {
  const all = newCompleteStrategy({ remote: client, maxMetricsMetadata: mostWithMetadata });
  return {
    async promQL(asked: CompletionContext): Promise<CompletionResult | null> {
      const context = parsed(asked);
      if (await client.canSearch()) return searched(client, context);
      const result = await all.promQL(context);
      if (!result || result.options.length <= mostOffered) return result;
      const typed = context.state.sliceDoc(result.from, context.pos);
      // Without validFor the next letter asks again, and what was cut off has its chance.
      return { from: result.from, to: result.to, options: best(result.options, typed) };
    },
  };
}

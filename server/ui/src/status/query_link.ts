import { labelName, quote } from '../format/series';
import { newPanel, type Tab, writePanels } from '../query/panel_state';

export function queryLink(expr: string, tab: Tab = 'graph'): string {
  return `query${writePanels([{ ...newPanel(), expr, tab }])}`;
}

// Where a target is, if that is a place for a browser: what was discovered may say anything.
export function webLink(url: string): string | undefined {
  return /^https?:\/\//i.test(url) ? url : undefined;
}

// `name=value`; a value may have more of =, a name hardly ever.
export function pairMatcher(pair: string): string {
  const at = pair.indexOf('=');
  return `${labelName(pair.slice(0, at))}=${quote(pair.slice(at + 1))}`;
}

import type { ComponentType } from 'react';
import { QueryPage } from './query/query_page';

export interface Page {
  path: string; // as in kPages of ui.cc, and as the reference has it where it has such a page
  title: string;
  key: string; // goes there after g
  content: ComponentType;
}

export const pages: Page[] = [{ path: 'query', title: 'Query', key: 'q', content: QueryPage }];

export function findPage(name: string): Page | undefined {
  if (name === '' || name === 'graph') return pages[0];
  return pages.find((page) => page.path === name);
}

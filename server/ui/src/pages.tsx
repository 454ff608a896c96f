import type { ComponentType } from 'react';
import { QueryPage } from './query/query_page';
import { CardinalityPage } from './status/cardinality_page';
import { ConfigurationPage } from './status/configuration_page';
import { DiscoveryPage } from './status/discovery_page';
import { FlagsPage } from './status/flags_page';
import { QueriesPage } from './status/queries_page';
import { RuntimePage } from './status/runtime_page';
import { StoragePage } from './status/storage_page';
import { TargetsPage } from './status/targets_page';

export interface Page {
  path: string; // as in kPages of ui.cc, and as the reference has it where it has such a page
  title: string;
  key: string; // goes there after g
  content: ComponentType;
}

export const pages: Page[] = [
  { path: 'query', title: 'Query', key: 'q', content: QueryPage },
  { path: 'targets', title: 'Targets', key: 't', content: TargetsPage },
  { path: 'service-discovery', title: 'Discovery', key: 'd', content: DiscoveryPage },
  { path: 'queries', title: 'Running', key: 'r', content: QueriesPage },
  { path: 'tsdb-status', title: 'Cardinality', key: 'c', content: CardinalityPage },
  { path: 'storage', title: 'Storage', key: 's', content: StoragePage },
  { path: 'config', title: 'Configuration', key: 'o', content: ConfigurationPage },
  { path: 'flags', title: 'Flags', key: 'f', content: FlagsPage },
  { path: 'status', title: 'Runtime', key: 'u', content: RuntimePage },
];

export function findPage(name: string): Page | undefined {
  if (name === '' || name === 'graph') return pages[0];
  return pages.find((page) => page.path === name);
}

// Which page is shown: the last part of the path, whatever stands before it.

import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
const searches = new Map<string, string>(); // what each page had in its URL when it was last shown
const tell = () => {
  keepSearch();
  for (const listener of listeners) listener();
};
addEventListener('popstate', tell);

function keepSearch() {
  searches.set(pageName(), location.search);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function pageName(): string {
  return location.pathname.slice(location.pathname.lastIndexOf('/') + 1);
}

export const usePageName = () => useSyncExternalStore(subscribe, pageName);
export const useSearch = () => useSyncExternalStore(subscribe, () => location.search);

// A link to a page as it was left.
export function hrefOf(path: string): string {
  return path + (searches.get(path) ?? '');
}

// `to` is relative, as all links of the page are.
export function navigate(to: string) {
  if (new URL(to, location.href).href === location.href) return;
  history.pushState(null, '', to);
  tell();
}

// State of a page that Back undoes, in its own path.
export function setSearch(search: string) {
  if (search === location.search) return;
  history.pushState(null, '', `${location.pathname}${search}`);
  tell();
}

// State that is not worth a step back, such as what is typed in a filter.
export function replaceSearch(search: string) {
  history.replaceState(null, '', `${location.pathname}${search}`);
  tell();
}

keepSearch();

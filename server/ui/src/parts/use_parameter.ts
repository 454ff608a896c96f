import { replaceSearch, useSearch } from '../router';

// State of a page that is in its URL, so that it can be shared.
export function useParameter(name: string): [string, (value: string) => void] {
  const search = useSearch();
  const value = new URLSearchParams(search).get(name) ?? '';
  const set = (next: string) => {
    const parameters = new URLSearchParams(location.search);
    if (next === '') parameters.delete(name);
    else parameters.set(name, next);
    const text = parameters.toString();
    replaceSearch(text && `?${text}`);
  };
  return [value, set];
}

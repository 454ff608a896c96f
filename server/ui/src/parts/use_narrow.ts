import { useSyncExternalStore } from 'react';

const query = matchMedia('(max-width: 700px)');

// Whether there is room for one column only; styles/narrow.css has the same bound.
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => query.matches,
  );
}

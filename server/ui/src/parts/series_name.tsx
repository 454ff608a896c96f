import type { Labels } from '../api/types';
import { labelPairs, quote } from '../format/series';

// A series with its parts told apart by colour. All of it is text.
export function SeriesName({ labels, strong }: { labels: Labels; strong?: Set<string> }) {
  const pairs = labelPairs(labels);
  return (
    <span className="series">
      <span className="series-name">{labels.__name__}</span>
      {(pairs.length > 0 || !labels.__name__) && '{'}
      <Pairs pairs={pairs} strong={strong} />
      {(pairs.length > 0 || !labels.__name__) && '}'}
    </span>
  );
}

// The labels of a target, which have no name.
export function TargetLabels({ labels }: { labels: Labels }) {
  return (
    <span className="series">
      <Pairs pairs={labelPairs(labels)} />
    </span>
  );
}

function Pairs({ pairs, strong }: { pairs: [string, string][]; strong?: Set<string> }) {
  return pairs.map(([name, value], i) => (
    <span key={name} className={strong && !strong.has(name) ? 'label faint' : 'label'}>
      {i > 0 && ', '}
      <span className="label-name">{name}</span>=<span className="label-value">{quote(value)}</span>
    </span>
  ));
}

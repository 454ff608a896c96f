import type { Labels } from '../api/types';
import { quote } from '../format/series';

// Labels one below the other.
export function LabelList({ labels }: { labels: Labels }) {
  const names = Object.keys(labels).sort();
  if (names.length === 0) return <p className="dim">none</p>;
  return (
    <ul className="labels">
      {names.map((name) => (
        <Label key={name} name={name} value={labels[name]} />
      ))}
    </ul>
  );
}

// What changed from one set of labels to the next.
export function LabelChanges({ before, after }: { before: Labels; after: Labels }) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const changed = names.filter((name) => before[name] !== after[name]);
  if (changed.length === 0) return <p className="dim">changes nothing</p>;
  return (
    <ul className="labels">
      {changed.flatMap((name) => [
        name in before && (
          <Label key={`${name} before`} className="gone" name={name} value={before[name]} />
        ),
        name in after && <Label key={name} className="new" name={name} value={after[name]} />,
      ])}
    </ul>
  );
}

function Label({ name, value, className }: { name: string; value: string; className?: string }) {
  return (
    <li className={className}>
      <span className="label-name">{name}</span>=<span className="label-value">{quote(value)}</span>
    </li>
  );
}

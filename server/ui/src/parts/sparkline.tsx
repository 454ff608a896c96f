// A small line without axes; gaps where there is no value.

const [width, height] = [90, 18];

export function sparkPath(values: ArrayLike<number>): string {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  const span = high - low;
  let path = '';
  let pen = 'M';
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      pen = 'M';
      continue;
    }
    const x = (i * (width - 2)) / Math.max(1, values.length - 1) + 1;
    const y = span > 0 ? height - 2 - ((values[i] - low) / span) * (height - 4) : height / 2;
    path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  }
  return path;
}

export function Sparkline({
  values,
  label,
}: {
  values: ArrayLike<number> | undefined;
  label: string;
}) {
  if (!values) return <span className="spark" />;
  return (
    <svg className="spark" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path d={sparkPath(values)} />
    </svg>
  );
}

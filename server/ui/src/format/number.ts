// Numbers for axes, legends and tables.

import type { Unit } from './unit';

const si: [number, string][] = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];
const iec: [number, string][] = [
  [2 ** 50, 'Pi'],
  [2 ** 40, 'Ti'],
  [2 ** 30, 'Gi'],
  [2 ** 20, 'Mi'],
  [2 ** 10, 'Ki'],
];

// `digits` significant ones, without zeros at the end.
function significant(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

function scaled(value: number, steps: [number, string][], digits: number): string {
  const magnitude = Math.abs(value);
  for (const [size, prefix] of steps) {
    if (magnitude >= size) return `${significant(value / size, digits)} ${prefix}`;
  }
  if (magnitude !== 0 && magnitude < 1e-3)
    return `${value.toExponential(digits - 1).replace(/\.?0+e/, 'e')} `;
  return `${significant(value, digits)} `;
}

function seconds(value: number, digits: number): string {
  const magnitude = Math.abs(value);
  if (magnitude === 0) return '0 s';
  if (magnitude < 1e-6) return `${significant(value * 1e9, digits)} ns`;
  if (magnitude < 1e-3) return `${significant(value * 1e6, digits)} µs`;
  if (magnitude < 1) return `${significant(value * 1e3, digits)} ms`;
  if (magnitude < 120) return `${significant(value, digits)} s`;
  if (magnitude < 7200) return `${significant(value / 60, digits)} min`;
  if (magnitude < 172_800) return `${significant(value / 3600, digits)} h`;
  return `${significant(value / 86_400, digits)} d`;
}

// Short, with its unit: 1.5 GiB, 20 ms, 37 %, 12 k.
export function formatValue(value: number, unit: Unit = 'none', digits = 4): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  switch (unit) {
    case 'bytes':
      return `${scaled(value, iec, digits)}B`;
    case 'bytes/s':
      return `${scaled(value, iec, digits)}B/s`;
    case 'seconds':
      return seconds(value, digits);
    case 'ratio':
      return `${significant(value * 100, digits)} %`;
    case 'per second':
      return `${scaled(value, si, digits)}/s`.replace(' /s', '/s');
    case 'celsius':
      return `${significant(value, digits)} °C`;
    default:
      return scaled(value, si, digits).trimEnd();
  }
}

// 1234567 as 1,234,567, whatever the browser's language is.
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

// As the API writes sample values.
export function parseSample(text: string): number {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  return Number(text);
}

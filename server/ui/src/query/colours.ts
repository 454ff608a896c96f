import { themeChoice } from '../theme';

// Colours that are told apart on light and on dark ground; after them, hues spread by the golden angle.

const light = [
  '#c2410c',
  '#0369a1',
  '#15803d',
  '#7e22ce',
  '#a16207',
  '#be185d',
  '#0f766e',
  '#4338ca',
  '#57534e',
  '#b91c1c',
];
const dark = [
  '#fb923c',
  '#38bdf8',
  '#4ade80',
  '#c084fc',
  '#facc15',
  '#f472b6',
  '#2dd4bf',
  '#818cf8',
  '#d6d3d1',
  '#f87171',
];

export function seriesColour(index: number, isDark: boolean): string {
  const palette = isDark ? dark : light;
  if (index < palette.length) return palette[index];
  return `hsl(${Math.round(index * 137.508) % 360} 65% ${isDark ? 65 : 40}%)`;
}

export function isDark(): boolean {
  const chosen = themeChoice();
  return chosen === 'auto' ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
}

// What a custom property of the style sheet is in the theme that is shown.
export function themeColour(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

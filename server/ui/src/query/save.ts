// Files for the user to keep, made here.

import { themeColour } from './colours';

function saveFile(name: string, content: Blob) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function saveCsv(name: string, text: string) {
  saveFile(name, new Blob([text], { type: 'text/csv;charset=utf-8' }));
}

// The plot on the page's ground, below the query that it shows.
export function savePng(name: string, plot: HTMLCanvasElement, title: string) {
  const scale = devicePixelRatio;
  const above = 28 * scale;
  const canvas = document.createElement('canvas');
  canvas.width = plot.width;
  canvas.height = plot.height + above;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.fillStyle = themeColour('ground');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = themeColour('text');
  context.font = `${13 * scale}px ui-monospace, monospace`;
  context.fillText(title.replace(/\s+/g, ' '), 10 * scale, 19 * scale, canvas.width - 20 * scale);
  context.drawImage(plot, 0, above);
  canvas.toBlob((blob) => blob && saveFile(name, blob), 'image/png');
}

// Query and target pages. Values reach the page as text nodes only.
'use strict';

const colours = ['#c2410c', '#0369a1', '#15803d', '#7e22ce', '#b45309', '#be185d', '#0f766e', '#4338ca'];
const maxShown = 100;
const svgNamespace = 'http://www.w3.org/2000/svg';
const byId = (id) => document.getElementById(id);

function element(parent, name, text, attributes = {}) {
  const isSvg = parent.namespaceURI === svgNamespace || name === 'svg';
  const made = isSvg ? document.createElementNS(svgNamespace, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.append(String(text));
  parent.append(made);
  return made;
}

async function ask(path, parameters = {}) {
  const response = await fetch(`api/v1/${path}?${new URLSearchParams(parameters)}`);
  const answer = await response.json();
  if (answer.status !== 'success') throw new Error(answer.error);
  return answer.data;
}

function seriesName(metric) {
  const labels = Object.entries(metric).filter(([name]) => name !== '__name__');
  const inside = labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ');
  return `${metric.__name__ ?? ''}{${inside}}`;
}

function say(text, isError = false) {
  byId('message').textContent = text;
  byId('message').classList.toggle('error', isError);
}

function shortNumber(value) {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e5 || magnitude < 1e-3)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

function drawTable(data) {
  const body = byId('table').tBodies[0];
  body.replaceChildren();
  const rows = data.resultType === 'scalar' || data.resultType === 'string'
    ? [[data.resultType, data.result[1]]]
    : data.result.slice(0, maxShown).map((series) => [seriesName(series.metric), series.value?.[1] ?? `${series.values.length} samples`]);
  for (const [name, value] of rows) {
    const row = element(body, 'tr');
    element(row, 'td', name);
    element(row, 'td', value);
  }
}

let redraw = () => {};

// Draws lines over [start, end]; a gap of more than one step breaks a line.
function drawGraph(series, start, end, step) {
  redraw = () => drawGraph(series, start, end, step);
  const graph = byId('graph');
  graph.replaceChildren();
  byId('legend').replaceChildren();
  const shown = series.slice(0, maxShown);
  const finite = shown.flatMap((one) => one.values.map(([, value]) => Number(value))).filter(Number.isFinite);
  if (finite.length === 0) return;
  const width = graph.clientWidth, height = graph.clientHeight, left = 64, bottom = 22, top = 8;
  let low = finite.reduce((a, b) => Math.min(a, b)), high = finite.reduce((a, b) => Math.max(a, b));
  if (low === high) { low -= Math.abs(low) * 0.1 || 1; high += Math.abs(high) * 0.1 || 1; }
  const x = (time) => left + (width - left) * (time - start) / (end - start);
  const y = (value) => top + (height - top - bottom) * (1 - (value - low) / (high - low));
  for (let i = 0; i <= 4; ++i) {
    const value = low + (high - low) * i / 4, time = start + (end - start) * i / 4;
    element(graph, 'line', undefined, { x1: left, x2: width, y1: y(value), y2: y(value) });
    element(graph, 'text', shortNumber(value), { x: left - 6, y: y(value) + 4, 'text-anchor': 'end' });
    element(graph, 'text', new Date(time * 1000).toLocaleTimeString(),
      { x: x(time), y: height - 6, 'text-anchor': i === 0 ? 'start' : i === 4 ? 'end' : 'middle' });
  }
  shown.forEach((one, index) => {
    let path = '', before = -Infinity;
    for (const [time, text] of one.values) {
      const value = Number(text);
      if (!Number.isFinite(value)) { before = -Infinity; continue; }
      path += `${time - before > step * 1.5 ? 'M' : 'L'}${x(time).toFixed(1)} ${y(value).toFixed(1)}`;
      before = time;
    }
    const colour = colours[index % colours.length];
    element(graph, 'path', undefined, { d: path, stroke: colour });
    const entry = element(byId('legend'), 'li');
    element(element(entry, 'svg', undefined, { viewBox: '0 0 12 12' }), 'rect', undefined, { width: 12, height: 12, fill: colour });
    entry.append(seriesName(one.metric));
  });
}

async function runQuery() {
  const query = byId('query').value.trim();
  if (!query) return;
  const range = Number(byId('range').value);
  history.replaceState(null, '', `?${new URLSearchParams({ query, range })}`);
  const end = Math.floor(Date.now() / 1000), start = end - range, step = Math.max(1, Math.ceil(range / 300));
  say('Running …');
  try {
    const began = performance.now();
    const instant = await ask('query', { query, time: end });
    const graphable = instant.resultType === 'vector' || instant.resultType === 'scalar';
    const matrix = graphable ? await ask('query_range', { query, start, end, step }) : { result: [] };
    drawTable(instant);
    drawGraph(matrix.result, start, end, step);
    const count = Array.isArray(instant.result) && graphable && instant.resultType === 'vector' ? instant.result.length : 1;
    const cut = Math.max(count, matrix.result.length) > maxShown ? `; the first ${maxShown} are shown` : '';
    say(`${count} series in ${Math.round(performance.now() - began)} ms${cut}`);
  } catch (error) {
    drawTable({ resultType: 'vector', result: [] });
    drawGraph([], start, end, step);
    say(error.message, true);
  }
}

async function showTargets() {
  const body = byId('targets').tBodies[0];
  const data = await ask('targets');
  body.replaceChildren();
  for (const target of data.activeTargets) {
    const row = element(body, 'tr');
    element(row, 'td', target.scrapePool);
    element(row, 'td', target.scrapeUrl);
    element(row, 'td', target.health, { class: target.health });
    element(row, 'td', target.health === 'unknown' ? '' : new Date(target.lastScrape).toLocaleTimeString());
    element(row, 'td', `${Math.round(target.lastScrapeDuration * 1000)} ms`);
    element(row, 'td', target.lastError);
  }
}

function showPage(name) {
  for (const page of ['query', 'targets']) {
    byId(`${page}-page`).hidden = page !== name;
    byId(`show-${page}`).toggleAttribute('aria-current', page === name);
  }
  if (name === 'targets') showTargets().catch((error) => say(error.message, true));
}

byId('query-form').addEventListener('submit', (event) => { event.preventDefault(); runQuery(); });
byId('range').addEventListener('change', runQuery);
byId('show-query').addEventListener('click', () => showPage('query'));
byId('show-targets').addEventListener('click', () => showPage('targets'));
window.addEventListener('resize', () => redraw());
const state = new URLSearchParams(location.search);
if (state.has('range')) byId('range').value = state.get('range');
if (state.has('query')) { byId('query').value = state.get('query'); runQuery(); }

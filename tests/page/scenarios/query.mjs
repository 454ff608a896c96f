// Queries, graphs, and what can be taken from them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { drawn, editor, graphOf, legendRows, tableOf, until } from './kit.mjs';

const mostBucket = 6; // the place of the fullest bucket of native_seconds, which test_page.py makes

// Minutes of work, whatever is stored.
const slow = 'deriv(deriv((vector(1) * time() % 7)[1d:1s])[1d:1s])';

// Types the begin of something and takes what the editor offers for it.
async function complete(page, typed, wanted) {
  await page.keyboard.type(typed);
  const offered = page.locator('.cm-completionLabel').filter({ hasText: new RegExp(`^${wanted}$`) });
  await offered.first().waitFor();
  await until(async () => {
    await page.keyboard.press('Tab');
    return (await editor(page).innerText()).includes(wanted);
  }, `${wanted} completed`);
}

// Types a query by completion alone, draws it, zooms, and hands the link to someone else.
async function query({ open }) {
  const page = await open('query?g0.range_input=1m');
  await editor(page).waitFor(); // it has the focus
  await complete(page, 'scrape_dur', 'scrape_duration_seconds');
  await complete(page, '{jo', 'job');
  await complete(page, '="no', 'node');
  await page.keyboard.press('Control+Enter');
  await legendRows(page).first().waitFor();
  assert.match(await editor(page).innerText(), /^scrape_duration_seconds\{job="node"\}$/);
  assert.equal(await legendRows(page).count(), 1);

  const whole = await drawn(page);
  const box = await page.locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.995, box.y + 120, { steps: 5 });
  await page.mouse.up();
  await until(async () => (await drawn(page)) !== whole, 'another graph after zooming');
  await until(() => new URL(page.url()).searchParams.has('g0.end_input'), 'the zoomed range in the URL');

  const other = await open(page.url().slice(page.url().lastIndexOf('/') + 1));
  await legendRows(other).first().waitFor();
  assert.match(await editor(other).innerText(), /^scrape_duration_seconds\{job="node"\}$/);
  const range = (one) => one.getByLabel('Range').inputValue();
  assert.equal(await range(other), await range(page));

  await page.goBack();
  await until(async () => (await range(page)) === '1m', 'the range before, after Back');
}

// Wrong queries say where they are wrong; the graph before stays out of the way.
async function mistakes({ open }) {
  const page = await open(tableOf('sum(up'), { expected: [/status of 400/] });
  await page.getByRole('alert').filter({ hasText: /1:\d+/ }).waitFor();
  await editor(page).click();
  await page.keyboard.press('End');
  await page.keyboard.type(')');
  await page.keyboard.press('Enter');
  await page.locator('table.results td.number').first().waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
  await page.getByRole('button', { name: 'Format' }).click();
}

// Every kind of view, and what can be taken from it.
async function views({ open }) {
  const page = await open(graphOf('sum by (le) (rate(story_seconds_bucket[1m]))', '&g0.range_input=5m'));
  await legendRows(page).first().waitFor();
  const lines = await drawn(page);
  await page.getByRole('button', { name: 'Stacked' }).click();
  await until(async () => (await drawn(page)) !== lines, 'a stacked graph');
  await page.getByRole('button', { name: 'Heat map' }).click();
  await page.getByRole('table', { name: 'Legend' }).waitFor({ state: 'detached' });
  const heat = await drawn(page);
  assert.notEqual(heat, lines);

  const [image] = await Promise.all([page.waitForEvent('download'), exported(page, 'PNG')]);
  assert.equal((await readFile(await image.path())).subarray(1, 4).toString(), 'PNG');

  await page.getByRole('button', { name: 'Lines' }).click();
  await page.getByLabel('Compare with').fill('5s');
  await page.keyboard.press('Enter');
  await page.getByText('before', { exact: false }).first().waitFor();
  const rows = await legendRows(page).count();
  await legendRows(page).first().getByRole('button').click();
  await until(async () => (await page.locator('.legend .row.off').count()) === rows - 1, 'one series alone');

  const [csv] = await Promise.all([page.waitForEvent('download'), exported(page, 'CSV')]);
  const text = await readFile(await csv.path(), 'utf8');
  assert.match(text, /^time,"\{le=""/);

  await page.getByRole('button', { name: 'Explain' }).click();
  await page.locator('.explain td').filter({ hasText: 'rate(story_seconds_bucket[1m])' }).first().waitFor();
  await page.getByRole('button', { name: 'Table' }).click();
  await page.locator('table.results td.number').first().waitFor();

  await page.goto(new URL(tableOf('story_seconds_count[5s]'), page.url()).href);
  await page.locator('.samples li').first().waitFor();
}

// Native histograms, as a table of buckets and as a heat map.
async function native({ open, picture }) {
  const page = await open(tableOf('native_seconds'));
  const table = page.locator('table.results .histogram').first();
  await table.getByText(/observed, sum/).waitFor();
  const rows = await table.locator('.bucket').count();
  assert.ok(rows >= 8, `${rows} buckets`);
  const widths = await table.locator('.bucket-bar span').evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
  assert.equal(widths.indexOf(Math.max(...widths)), mostBucket, `bars of ${widths.join(', ')} pixels`);
  await picture(page, 'native-table-1600-light');

  await page.goto(new URL(graphOf('native_seconds', '&g0.range_input=1m'), page.url()).href);
  await page.getByText('These are native histograms').waitFor();
  await page.getByRole('button', { name: 'Heat map' }).click();
  await page.locator('.chart canvas').waitFor();
  const drawnHeat = await drawn(page);
  const box = await page.locator('.u-over').boundingBox();
  // Under the pointer stands what a bucket counted; between buckets nothing does.
  await until(async () => {
    await page.mouse.move(box.x + box.width - 4, box.y + box.height * (0.2 + 0.6 * Math.random()));
    return /\d.* – .*: \d/.test(await page.locator('.tip').innerText({ timeout: 500 }).catch(() => ''));
  }, 'a bucket under the pointer');
  await picture(page, 'native-heat-1600-light');
  await page.goto(new URL(graphOf('rate(native_seconds[10s])', '&g0.range_input=1m&g0.display_mode=heatmap'), page.url()).href);
  await page.locator('.chart canvas').waitFor();
  await until(async () => (await drawn(page)) !== drawnHeat, 'another heat map');

  await page.goto(new URL(graphOf('histogram_quantile(0.5, rate(native_seconds[10s]))', '&g0.range_input=1m'), page.url()).href);
  await legendRows(page).first().waitFor();
  assert.match(await legendRows(page).first().innerText(), / (ms|s)\b/);
}

async function exported(page, kind) {
  await page.getByRole('button', { name: /^Export/ }).click();
  await page.getByRole('button', { name: kind, exact: true }).click();
}

// A server that ranks names itself is asked at each letter, and its order is kept.
async function search({ open }) {
  const page = await open();
  const searched = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname.includes('/search/')) searched.push([url.pathname.split('/').at(-1), url.searchParams.get('search[]')]);
  });
  await editor(page).waitFor(); // it has the focus
  await page.keyboard.type('node_load5');
  const first = page.locator('.cm-tooltip-autocomplete li').first();
  await first.filter({ hasText: /^node_load5/ }).waitFor();
  await page.locator('.cm-completionInfo').filter({ hasText: 'load average' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await complete(page, 'scdusec', 'scrape_duration_seconds');
  await complete(page, '{jo', 'job');
  await complete(page, '="no', 'node');
  assert.match(await editor(page).innerText(), /^scrape_duration_seconds\{job="node"\}$/);
  for (const [what, typed] of [['metric_names', 'scdusec'], ['label_names', 'jo'], ['label_values', 'no']]) {
    assert.ok(searched.some(([path, text]) => path === what && text === typed), `${what} ${typed}: ${searched.join(' ')}`);
  }

  // The words of the language are there too, those that begin so first.
  await page.keyboard.press('Control+A');
  await page.keyboard.type('rat');
  await first.filter({ hasText: /^rate/ }).waitFor();
}

// A query that would take minutes is stopped by who asked it, and by an administrator.
async function cancel({ open }) {
  const asker = await open(tableOf(slow), { expected: [/status of 503/] });
  const watcher = await open('queries');
  const row = watcher.getByRole('row').filter({ hasText: 'deriv(deriv' });
  await row.waitFor();
  await asker.getByRole('button', { name: 'Stop' }).click();
  await row.waitFor({ state: 'detached' });

  await asker.getByRole('button', { name: 'Run' }).click();
  await row.getByRole('button', { name: 'Cancel' }).click();
  await row.waitFor({ state: 'detached' });
  await asker.getByRole('alert').waitFor();
}

export default { query, mistakes, views, native, search, cancel };

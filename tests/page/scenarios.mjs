// What people do on the page. Each scenario fails by throwing.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

// Minutes of work, whatever is stored.
const slow = 'deriv(deriv((vector(1) * time() % 7)[1d:1s])[1d:1s])';

const statusPages = [
  'targets',
  'service-discovery',
  'queries',
  'tsdb-status',
  'storage',
  'config',
  'flags',
  'status',
];

const graphOf = (expr, more = '') => `query?g0.expr=${encodeURIComponent(expr)}&g0.tab=graph${more}`;
const tableOf = (expr) => `query?g0.expr=${encodeURIComponent(expr)}&g0.tab=table`;
const editor = (page) => page.locator('.cm-content').first();
const legendRows = (page) => page.getByRole('table', { name: 'Legend' }).locator('.row:not(.head)');

// The plot as bytes: it changes when what is drawn does.
const drawn = (page) => page.locator('.chart canvas').first().evaluate((canvas) => canvas.toDataURL());

async function until(probe, what, timeoutMs = 60_000) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function noSideways(page, where) {
  const beyond = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(beyond, 0, `${where} is ${beyond} pixels wider than its window`);
}

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
  await editor(page).waitFor();
  await page.keyboard.press('/');
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

async function exported(page, kind) {
  await page.getByRole('button', { name: /^Export/ }).click();
  await page.getByRole('button', { name: kind, exact: true }).click();
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

// What targets tell is text, whatever it looks like.
async function hostile({ open }) {
  const page = await open(tableOf('hostile'));
  const cell = page.locator('.label-value').filter({ hasText: 'onerror' }).first();
  await cell.waitFor();
  assert.match(await cell.innerText(), /<img src=x onerror=/);
  for (const path of [
    graphOf('hostile'),
    'tsdb-status?limit=1000',
    'targets?search=onerror',
    'service-discovery?search=onerror',
    'config',
  ]) {
    await page.goto(new URL(path, page.url()).href);
    await page.getByText('onerror').first().waitFor();
    assert.equal(await page.locator('img, iframe, main script').count(), 0, path);
  }
  await page.goto(new URL('targets?search=onerror', page.url()).href);
  await page.locator('.link-like').first().click();
  await page.getByRole('dialog').getByText('onerror').first().waitFor();
  assert.equal(await page.locator('img, a[href^="javascript:" i]').count(), 0);
  assert.equal(await page.evaluate(() => globalThis.stolen), undefined);
  // The policy itself forbids what the page does not do anyway.
  page.complaints.length = 0;
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.stolen = 1';
    document.body.append(script);
    return globalThis.stolen;
  });
  assert.equal(ran, undefined);
  page.complaints.length = 0;
}

// The pages of the server's state tell what is so.
async function status({ open, url }) {
  const page = await open('targets');
  await page.getByRole('row').filter({ hasText: 'Connection refused' }).first().waitFor();
  const health = page.getByRole('group', { name: 'Health' });
  await health.getByRole('button', { name: /^down/ }).click();
  await until(async () => (await page.locator('.badge.up').count()) === 0, 'only what is down');
  await health.getByRole('button', { name: /^All/ }).click();
  await page.getByLabel('Search targets').fill('job=node');
  await page.getByText(/^1 of \d+ targets$/).waitFor();
  await page.locator('svg.spark path').first().waitFor();
  await page.locator('.link-like').first().click();
  await page.getByRole('dialog').getByText('Rule 1').waitFor();
  await page.getByRole('dialog').locator('.labels .new').filter({ hasText: 'rack' }).waitFor();
  await page.keyboard.press('Escape');

  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await page.locator('.badge.dropped').first().waitFor();
  await page.locator('.row').filter({ hasText: 'dropped' }).getByRole('button').first().click();
  await page.getByText('The target is dropped here.').waitFor();
  await page.keyboard.press('Escape');

  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await page.locator('.yaml').filter({ hasText: 'job_name' }).waitFor();
  await page.getByText('What the last reload changed').waitFor();
  await page.locator('.changes li').first().waitFor();

  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await page.getByLabel('Search flags').fill('storage.tsdb.path');
  await page.getByRole('row').filter({ hasText: '--storage.tsdb.path' }).waitFor();

  await page.goto(`${url}tsdb-status`);
  await page.getByText('Metrics with the most series').waitFor();
  await page.getByRole('link', { name: 'node_cpu_seconds_total', exact: true }).first().click();
  await page.locator('table.results td.number').first().waitFor();

  await page.goto(`${url}status`);
  await page.getByText('narthex', { exact: false }).nth(1).waitFor();
  await page.getByText('Scrapes', { exact: true }).waitFor();
  await page.goto(`${url}storage`);
  await page.getByRole('heading', { name: 'In memory' }).waitFor();
  await page.getByText('Segment being written').waitFor();
}

// Every page at both widths and in both themes: no serious finding of axe, nothing wider than the window.
async function looks({ open, axePath, picture }) {
  const all = [graphOf('sum by (mode) (rate(node_cpu_seconds_total[1m]))', '&g0.display_mode=stacked'), ...statusPages];
  for (const width of [400, 1600]) {
    for (const dark of [false, true]) {
      const page = await open('', { width, height: width === 400 ? 800 : 900, dark, bypassCSP: true });
      for (const path of all) {
        await page.goto(new URL(path, page.url()).href);
        await page.locator('main :is(.chart canvas, .virtual .row, table tr, .facts, .yaml, .empty)').first().waitFor();
        await noSideways(page, `${path} at ${width}`);
        await picture(page, `${path.split('?')[0]}-${width}-${dark ? 'dark' : 'light'}`);
        if (width === 400) continue; // axe looks at elements one by one, and they are the same
        await page.addScriptTag({ path: axePath });
        const findings = await page.evaluate(async () => {
          const { violations } = await globalThis.axe.run({ iframes: false, resultTypes: ['violations'] });
          return violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`).join('; ')}`);
        });
        assert.deepEqual(findings, [], `${path} at ${width}, ${dark ? 'dark' : 'light'}`);
      }
    }
  }
}

// What is loaded, compressed as it is sent: 300 kB until the page works, 450 kB with the editor.
async function budget({ open, note }) {
  const page = await open('');
  await page.locator('.cm-content').waitFor();
  const sizes = await page.evaluate(() =>
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .filter(({ name }) => !name.includes('/api/'))
      .map(({ name, encodedBodySize }) => [name.slice(name.lastIndexOf('/') + 1), encodedBodySize]),
  );
  const sum = (entries) => entries.reduce((total, [, size]) => total + size, 0);
  const [first, all] = [sum(sizes.filter(([name]) => !name.startsWith('editor_'))), sum(sizes)];
  note(`first load ${first} bytes, with the editor ${all}`);
  assert.ok(first > 10_000 && first <= 300_000, `${first} bytes until the page works: ${sizes.join(' ')}`);
  assert.ok(all > first + 10_000 && all <= 450_000, `${all} bytes in all: ${sizes.join(' ')}`);
}

// Answers that are large: the document stays small, and all of it can be reached.
async function many({ open }) {
  const page = await open(tableOf('many'));
  await page.getByText(/^10,000 series/).waitFor();
  const table = page.getByRole('table', { name: 'Series' });
  assert.ok((await table.locator('.row').count()) < 200);
  await table.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await table.locator('.row').filter({ hasText: 'n="9999"' }).waitFor();
  await page.getByLabel('Filter these series').fill('n="777"');
  await page.getByText('1 shown').waitFor();

  await page.goto(new URL(graphOf('many', '&g0.range_input=30s'), page.url()).href);
  await page.getByText(/200 of 10,000 series are drawn/).waitFor();
  assert.ok((await legendRows(page).count()) < 200);

  await page.goto(new URL(graphOf('time() % 100', '&g0.range_input=11000s&g0.step_input=1s'), page.url()).href);
  await legendRows(page).first().waitFor();
}

// Ten thousand targets: at every place of the list there are rows, and never many in the document.
async function manyTargets({ open }) {
  const page = await open('targets');
  await page.getByText('10,000 targets').waitFor();
  const list = page.getByRole('table', { name: 'Targets' });
  for (const part of [0, 0.13, 0.5, 0.77, 1]) {
    await list.evaluate((element, at) => element.scrollTo(0, element.scrollHeight * at), part);
    await until(
      () =>
        list.evaluate((element) => {
          const { left, top, width, height } = element.getBoundingClientRect();
          const there = document.elementFromPoint(left + width / 2, top + height / 2);
          return there?.closest('.row') !== null;
        }),
      `a row in the middle of the list at ${part}`,
    );
    assert.ok((await list.locator('.row').count()) < 150);
  }
  await page.getByLabel('Search targets').fill('number=4711');
  await page.getByText('1 of 10,000 targets').waitFor();
}

// All without a mouse.
async function keyboard({ open }) {
  const page = await open();
  await editor(page).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.getByRole('heading', { name: 'Targets' }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('server');
  await until(() => page.url().endsWith('targets?search=server'), 'the search in the URL');
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('g');
  await page.keyboard.press('q');
  await editor(page).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('up');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await legendRows(page).first().waitFor();
  await page.getByRole('button', { name: /^History/ }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await until(() => page.evaluate(() => document.activeElement.textContent === 'up'), 'the query in the history');
}

// Below a prefix, pages, files and requests are found all the same.
async function prefix({ open, url }) {
  const page = await open(tableOf('vector(42)'));
  await page.locator('table.results td.number').filter({ hasText: '42' }).waitFor();
  await editor(page).waitFor();
  await page.getByRole('link', { name: 'Flags' }).click();
  await page.getByRole('row').filter({ hasText: '--web.external-url' }).waitFor();
  assert.equal(page.url(), `${url}flags`);
  await page.reload();
  await page.getByRole('row').filter({ hasText: '--web.external-url' }).waitFor();
}

// A theme that was chosen stays.
async function theme({ open }) {
  const page = await open('flags');
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByRole('button', { name: /^Theme/ }).click();
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.reload();
  await page.getByRole('button', { name: /^Theme: dark/ }).waitFor();
  assert.equal(await ground(), dark);
}

export const scenarios = {
  query,
  mistakes,
  views,
  cancel,
  hostile,
  status,
  looks,
  budget,
  many,
  manyTargets,
  keyboard,
  prefix,
  theme,
};

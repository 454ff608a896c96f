// The pages of the server's state, and what holds of all pages.

import assert from 'node:assert/strict';
import { editor, graphOf, noFindings, tableOf, until } from './kit.mjs';

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

// While the server reads its log, every page says how far it is, and then goes on by itself with what was asked.
async function starting({ open, axePath, picture }) {
  let replay = { min: 3, max: 12, current: 3, state: 'waiting' };
  const expected = [/status of 503/];
  const page = await open('about:blank', { expected, bypassCSP: true });
  await page.route(/\/-\/ready$|\/api\/v1\//, (route) => {
    if (route.request().url().endsWith('/status/walreplay'))
      return route.fulfill({ json: { status: 'success', data: replay ?? { min: 3, max: 12, current: 12, state: 'done' } } });
    if (!replay) return route.continue();
    return route.fulfill({ status: 503, json: { status: 'error', errorType: 'unavailable', error: 'starting' } });
  });
  await page.goto(page.serverUrl + tableOf('vector(42)'));
  await page.getByRole('heading', { name: 'The server is starting' }).waitFor();
  await page.getByText('It has not begun yet.').waitFor();
  replay = { ...replay, current: 8, state: 'in progress' };
  await page.getByText('Segment 6 of 10, 50 %').waitFor();
  assert.equal(await page.getByRole('progressbar').getAttribute('value'), '0.5');
  assert.equal(await page.getByRole('alert').isVisible(), false);
  await picture(page, 'starting-1600-light');
  await noFindings(page, axePath, 'the view of the start');
  await page.getByRole('link', { name: 'Flags' }).click();
  await page.getByRole('link', { name: 'Query' }).click();
  replay = undefined;
  await page.locator('table.results td.number').filter({ hasText: '42' }).waitFor();
  assert.equal(await page.getByRole('heading', { name: 'The server is starting' }).count(), 0);

  // A server that starts anew while a page is open; one that tells nothing of its log.
  await page.getByRole('link', { name: 'Targets' }).click();
  await page.locator('.badge.up').first().waitFor();
  replay = {};
  await page.getByText('It does not say how far it is.').waitFor();
  replay = undefined;
  await page.locator('.badge.up').first().waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
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

export default { hostile, status, starting, prefix, theme };

// The page by its keys alone.

import assert from 'node:assert/strict';
import { editor, graphOf, legendRows, tableOf, until } from './kit.mjs';

// All without a mouse.
async function keyboard({ open }) {
  const page = await open();
  await editor(page).waitFor();
  await page.keyboard.press('Escape');
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
  await editor(page).waitFor(); // an empty query has the focus
  await page.keyboard.type('up');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await legendRows(page).first().waitFor();
  await page.getByRole('button', { name: /^History/ }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await until(() => page.evaluate(() => document.activeElement.textContent === 'up'), 'the query in the history');
}

// A graph without a mouse: values under the crosshair, another range, one series alone and with another.
async function graphKeys({ open }) {
  const page = await open(graphOf('sum by (mode) (rate(node_cpu_seconds_total[30s]))', '&g0.range_input=2m'));
  await legendRows(page).first().waitFor();
  const parameter = (name) => new URL(page.url()).searchParams.get(name);
  const chart = page.getByRole('group', { name: 'Graph', exact: true });
  const head = page.getByRole('table', { name: 'Legend' }).locator('.row.head');
  await chart.focus();
  assert.match(await head.innerText(), /Last/);
  await page.keyboard.press('End');
  await head.filter({ hasText: 'Here' }).waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('+');
  await until(() => parameter('g0.range_input') === '1m', 'half the range');
  await page.keyboard.press('-');
  await until(() => parameter('g0.range_input') === '2m', 'the whole range');
  const end = parameter('g0.end_input');
  await page.keyboard.press('Shift+ArrowLeft');
  await until(() => parameter('g0.end_input') < end, 'an earlier range');

  const off = () => page.locator('.legend .row.off').count();
  const all = await legendRows(page).count();
  await legendRows(page).first().getByRole('button').focus();
  await page.keyboard.press('Enter');
  await until(async () => (await off()) === all - 1, 'one series alone');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Control+Enter');
  await until(async () => (await off()) === all - 2, 'two series');
  assert.equal(await legendRows(page).nth(1).getByRole('button').evaluate((button) => button === document.activeElement), true);
}

// What can be pressed or filled in is reached by Tab, on every page, and shows that it is.
async function focus({ open, note }) {
  const page = await open();
  let count = 0;
  for (const path of [graphOf('up'), tableOf('up'), 'targets', 'service-discovery', 'queries', 'tsdb-status', 'storage', 'config', 'flags', 'status']) {
    await page.goto(new URL(path, page.url()).href);
    await page.locator('main :is(.chart canvas, .virtual .row, table tr, .facts, .yaml, .empty)').first().waitFor();
    if (path.startsWith('query')) await editor(page).waitFor();
    await page.evaluate(() => document.activeElement.blur());
    const wanted = await page.evaluate(() => {
      const all = [...document.querySelectorAll('a[href], button:not(:disabled), input, select, summary, [tabindex="0"], .editor-host')];
      const seen = all.filter((one) => one.checkVisibility({ visibilityProperty: true }));
      seen.forEach((one, i) => one.setAttribute('data-stop', i));
      return seen.length;
    });
    const reached = new Set();
    for (let i = 0; i < wanted + 5 && reached.size < wanted; i++) {
      await page.keyboard.press('Tab');
      const [stop, html, visible] = await page.evaluate(() => {
        const one = document.activeElement;
        const style = getComputedStyle(one);
        const ring = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 1;
        return [one.getAttribute('data-stop'), one.outerHTML.slice(0, 200), ring || style.boxShadow !== 'none'];
      });
      if (stop === null) continue;
      reached.add(stop);
      assert.ok(visible, `${path}: focus does not show: ${html}`);
    }
    const missed = await page.evaluate(
      (reached) => [...document.querySelectorAll('[data-stop]')].filter((one) => !reached.includes(one.getAttribute('data-stop'))).map((one) => one.outerHTML.slice(0, 200)),
      [...reached],
    );
    assert.deepEqual(missed, [], `not reached on ${path}`);
    count += wanted;
  }
  note(`${count} places reached`);
}

export default { keyboard, graphKeys, focus };

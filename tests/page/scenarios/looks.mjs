// Every page as it looks, at the widths of a phone and of a screen.

import assert from 'node:assert/strict';
import { graphOf, noFindings, noSideways } from './kit.mjs';

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

// Every page at both widths and in both themes: no serious finding of axe, nothing wider than the window.
async function looks({ open, axePath, picture }) {
  const all = [
    graphOf('sum by (mode) (rate(node_cpu_seconds_total[1m]))', '&g0.display_mode=stacked&g0.range_input=2m'),
    ...statusPages,
  ];
  for (const width of [400, 1600]) {
    for (const dark of [false, true]) {
      const page = await open('', { width, height: width === 400 ? 800 : 900, dark, bypassCSP: true });
      for (const path of all) {
        await page.goto(new URL(path, page.url()).href);
        await page.locator('main :is(.chart canvas, .virtual .row, table tr, .facts, .yaml, .empty)').first().waitFor();
        await noSideways(page, `${path} at ${width}`);
        await picture(page, `${path.split('?')[0]}-${width}-${dark ? 'dark' : 'light'}`);
        if (width === 400) continue; // axe looks at elements one by one, and they are the same
        await noFindings(page, axePath, `${path} at ${width}, ${dark ? 'dark' : 'light'}`);
      }
      await page.keyboard.press('?');
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      await picture(page, `keys-${width}-${dark ? 'dark' : 'light'}`);
      if (width === 1600) await noFindings(page, axePath, 'the list of keys');
      await page.keyboard.press('Escape');
      await page.goto(new URL('targets', page.url()).href);
      await page.locator('.link-like').nth(1).click();
      await dialog.locator('.labels').first().waitFor();
      await noSideways(page, `a target at ${width}`);
      await picture(page, `target-${width}-${dark ? 'dark' : 'light'}`);
      if (width === 1600) await noFindings(page, axePath, 'a target');
    }
  }
}

export default { looks };

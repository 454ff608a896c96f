// Every page as it looks, at the widths of a phone and of a screen.

import assert from 'node:assert/strict';
import { graphOf, noSideways } from './kit.mjs';

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

export default { looks };

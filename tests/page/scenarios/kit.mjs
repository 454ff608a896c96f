// What scenarios have in common.

import assert from 'node:assert/strict';

export const graphOf = (expr, more = '') => `query?g0.expr=${encodeURIComponent(expr)}&g0.tab=graph${more}`;
export const tableOf = (expr) => `query?g0.expr=${encodeURIComponent(expr)}&g0.tab=table`;
export const editor = (page) => page.locator('.cm-content').first();
export const legendRows = (page) => page.getByRole('table', { name: 'Legend' }).locator('.row:not(.head)');

// The plot as bytes: it changes when what is drawn does.
export const drawn = (page) => page.locator('.chart canvas').first().evaluate((canvas) => canvas.toDataURL());

export async function until(probe, what, timeoutMs = 60_000) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function noSideways(page, where) {
  const beyond = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(beyond, 0, `${where} is ${beyond} pixels wider than its window`);
}

// Nothing that axe calls serious. The page was opened with `bypassCSP`, as axe is put into it.
export async function noFindings(page, axePath, where) {
  await page.addScriptTag({ path: axePath });
  const findings = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run({ iframes: false, resultTypes: ['violations'] });
    const text = (nodes) => nodes.map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`).join('; ');
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${text(nodes)}`);
  });
  assert.deepEqual(findings, [], where);
}

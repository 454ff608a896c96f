// browser.mjs URL FOLDER SCENARIO...: runs scenarios of scenarios.mjs in one browser, and prints for each a line of
// JSON that says how it went: its name, the seconds it took, what it notes, and the error that ended it. Pictures go into
// FOLDER.
//
// The page must not complain: an error in its console, an uncaught one, or a request to anywhere but its server fails
// the scenario.

import { createRequire } from 'node:module';
import { scenarios } from './scenarios.mjs';

const require = createRequire(new URL('../../server/ui/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axePath = require.resolve('axe-core/axe.min.js');

const [url, folder, ...names] = process.argv.slice(2);
const patienceMs = 60_000; // the machine may be busy
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'], // tests run as root, in containers with little /dev/shm
});

// A page of its own, watched. `expected` are patterns of complaints that the scenario provokes.
async function open(pages, path, { width = 1600, height = 900, dark = false, expected = [], ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    locale: 'en-GB',
    timezoneId: 'UTC',
    ...options,
  });
  const page = await context.newPage();
  page.complaints = [];
  const complain = (text) => expected.some((one) => one.test(text)) || page.complaints.push(text);
  page.on('console', (message) => message.type() === 'error' && complain(`console: ${message.text()}`));
  page.on('pageerror', (error) => complain(`uncaught: ${error.message}`));
  page.on('dialog', (dialog) => {
    complain(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== new URL(url).origin) complain(`request to ${origin}`);
  });
  page.setDefaultTimeout(patienceMs);
  page.serverUrl = url;
  pages.push(page);
  await page.goto(path === 'about:blank' ? path : url + path);
  return page;
}

async function run(name) {
  const began = performance.now();
  const pages = [];
  const notes = [];
  let error;
  try {
    await scenarios[name]({
      open: (path = '', options = {}) => open(pages, path, options),
      url,
      axePath,
      note: (text) => notes.push(text),
      picture: (page, title) => page.screenshot({ path: `${folder}/${title}.png` }),
    });
    error = pages.flatMap((page) => page.complaints)[0];
  } catch (thrown) {
    error = thrown.stack;
    await pages.at(-1)?.screenshot({ path: `${folder}/failed-${name}.png` }).catch(() => undefined);
  }
  for (const page of pages) await page.context().close();
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  console.log(JSON.stringify({ name, seconds, notes, error }));
}

for (const name of names) await run(name);
await browser.close();

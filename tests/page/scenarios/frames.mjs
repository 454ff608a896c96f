// How smooth a page is while something goes on.
//
// The machine that tests run on may be busy, and then frames come late whatever the page does. So there are two measures: the
// time that the page's own thread computes for a frame, which no other process adds to, and the longest wait for a frame, of
// which the best of some tries counts.

import assert from 'node:assert/strict';

const tries = 3;
const frozenMs = 1000;
const busyMs = 25; // of computing for a frame, on average; 16 fit into one of 60 a second

// Seconds that the thread of the page has computed since it was opened.
async function computed(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration').value;
}

export async function watchThread(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return () => computed(session);
}

// Frames, milliseconds of computing for each, and the longest wait for one, while `act` runs.
async function framesOf(page, thread, act) {
  await page.evaluate(() => {
    const seen = { count: 0, longest: 0, last: performance.now() };
    globalThis.framesSeen = seen;
    const frame = () => {
      const now = performance.now();
      seen.longest = Math.max(seen.longest, now - seen.last);
      seen.last = now;
      seen.count++;
      if (globalThis.framesSeen === seen) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const before = await thread();
  await act();
  const { count, longest } = await page.evaluate(() => {
    const { count, longest, last } = globalThis.framesSeen;
    globalThis.framesSeen = undefined;
    return { count, longest: Math.max(longest, performance.now() - last) };
  });
  const perFrame = (1000 * ((await thread()) - before)) / Math.max(1, count);
  return { count, longest: Math.round(longest), perFrame: Math.round(10 * perFrame) / 10 };
}

// Fails where none of some tries was smooth. `before` prepares each, and is not measured.
export async function smooth(page, what, note, act, before = async () => undefined) {
  const thread = await watchThread(page);
  const all = [];
  for (let i = 0; i < tries; i++) {
    await before();
    const one = await framesOf(page, thread, act);
    all.push(one);
    if (one.longest <= frozenMs && one.perFrame <= busyMs) break;
  }
  const best = all.at(-1);
  note(`${what}: ${best.count} frames, ${best.perFrame} ms of computing each, the longest wait ${best.longest} ms`);
  assert.ok(best.count > 10, `${what}: ${JSON.stringify(all)}`);
  assert.ok(best.longest <= frozenMs && best.perFrame <= busyMs, `${what}: ${JSON.stringify(all)}`);
}

export function aFewFrames(page, count) {
  return page.evaluate(async (count) => {
    for (let i = 0; i < count; i++) await new Promise(requestAnimationFrame);
  }, count);
}

// Drags over the plot with Shift held, in steps like those of a hand, and lets go.
export async function drag(page, { shift = false } = {}) {
  const box = await page.locator('.u-over').boundingBox();
  const at = (i) => [box.x + box.width * (0.3 + i / 200), box.y + 80 + i];
  await page.mouse.move(...at(0));
  if (shift) {
    await page.keyboard.down('Shift');
    await page.mouse.down();
  }
  for (let i = 0; i < 60; i++) {
    await page.mouse.move(...at(i));
    await aFewFrames(page, 1);
  }
  if (shift) {
    await page.mouse.up();
    await page.keyboard.up('Shift');
  }
}

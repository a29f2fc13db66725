/**
 * How fast the page is with a long history, beside an empty page of the same browser. One JSON line for each figure;
 * at the end a table, for people.
 */

import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { LIMIT, sizes } from '../../web/sizes.mjs';
import { launch, Tab } from '../support/browser.mjs';
import { World } from '../support/daemon.mjs';
import { chat, composer, friends } from '../support/person.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const isQuick = process.argv.includes('--quick');
const messages = isQuick ? 5_000 : 100_000;
const rounds = isQuick ? 3 : 11;
const keys = isQuick ? 20 : 60;

/** Runs in every page: notes when something is there to be seen, and what a key press takes until it is drawn. */
function watch() {
  const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  window.whenSeen = (selector) =>
    new Promise((done) => {
      const look = async () => {
        if (document.querySelector(selector) === null) return false;
        observer.disconnect();
        await drawn();
        done(performance.now());
        return true;
      };
      const observer = new MutationObserver(() => void look());
      observer.observe(document, { childList: true, subtree: true });
      void look();
    });
  window.keyTimes = [];
  addEventListener('keydown', async (event) => {
    const at = event.timeStamp;
    await drawn();
    window.keyTimes.push(performance.now() - at);
  }, true);
}

const sorted = (values) => [...values].sort((a, b) => a - b);
const quantile = (values, share) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))];
const median = (values) => quantile(values, 0.5);

/** What was told, for the table. */
const told = [];

function report(name, unit, value, { raw, what, below } = {}) {
  const line = { name, unit, value };
  if (raw !== undefined) Object.assign(line, { raw: { what, value: raw }, ratio: value / raw });
  if (below !== undefined) Object.assign(line, { targets: [{ below }], met: value < below });
  told.push(line);
  console.log(JSON.stringify(line));
}

/** The figures again, side by side; on the other stream, where no program reads them. */
function table() {
  const number = (value) => value.toFixed(value < 10 ? 2 : 1);
  const rows = told.map(({ name, value, unit, raw, ratio, targets, met }) => [
    name,
    `${number(value)} ${unit}`,
    raw === undefined ? '' : `${number(ratio)} x ${raw.what}`,
    targets === undefined ? '' : `below ${targets[0].below} ${unit}: ${met ? 'met' : 'MISSED'}`,
  ]);
  const all = [['figure', 'value', 'beside', 'target'], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  for (const row of all) console.error(row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd());
}

const firstPaint = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null;

async function paintOf(page) {
  await page.waitForFunction(firstPaint);
  return page.evaluate(firstPaint);
}

/** An empty page with a text field: what the browser itself takes. */
async function emptyPage(browser) {
  const html = '<!doctype html><title>Empty</title><p>Hello</p><textarea autofocus></textarea>';
  const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(html));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${server.address().port}/`;
  const tab = await Tab.open(browser, address);
  await tab.page.addInitScript(watch);
  const paints = [];
  for (let round = 0; round < rounds; round += 1) {
    await tab.page.goto(address);
    paints.push(await paintOf(tab.page));
  }
  const keyTimes = await type(tab.page, tab.page.locator('textarea'));
  await tab.close();
  server.close();
  return { paint: median(paints), key: median(keyTimes) };
}

async function type(page, field) {
  await field.click();
  await page.evaluate(() => (window.keyTimes = []));
  for (let key = 0; key < keys; key += 1) await page.keyboard.press('a');
  await page.waitForFunction((count) => window.keyTimes.length >= count, keys);
  return page.evaluate(() => window.keyTimes);
}

async function fill(world) {
  const program = join(root, 'target/release/xchat-bench');
  await promisify(execFile)(program, ['fill', join(world.folder, 'default/client'), String(messages)]);
}

const world = await World.make();
const browser = await launch();
try {
  const raw = await emptyPage(browser);
  const { alice, bob, daemons } = await friends(world, browser);
  await Promise.all([alice.close(), bob.close(), daemons.alice.stop()]);
  await fill(world);
  const daemon = await world.page('default');
  const tab = await Tab.open(browser, daemon.address);
  await chat(tab, 'bob').waitFor();
  await tab.page.addInitScript(watch);
  const figures = { paint: [], interactive: [], open: [] };
  for (let round = 0; round < rounds; round += 1) {
    await tab.page.goto(new URL('/', daemon.address).href);
    figures.interactive.push(await tab.page.evaluate(() => window.whenSeen('[data-chat]')));
    figures.paint.push(await paintOf(tab.page));
    figures.open.push(
      await tab.page.evaluate(async () => {
        const begun = performance.now();
        document.querySelector('[data-chat]').click();
        return (await window.whenSeen('article[data-message]')) - begun;
      }),
    );
  }
  const keyTimes = await type(tab.page, composer(tab));
  const empty = { what: 'an empty page of a bare server' };
  report('page.first_paint.p50', 'ms', median(figures.paint), { ...empty, raw: raw.paint, below: 200 });
  report('page.interactive.p50', 'ms', median(figures.interactive), { below: 500 });
  report('page.chat_opened.p50', 'ms', median(figures.open), { below: 100 });
  report('page.keystroke.p50', 'ms', median(keyTimes), { what: 'a text field alone', raw: raw.key });
  report('page.keystroke.p99', 'ms', quantile(keyTimes, 0.99));
  const { initial, all } = await sizes();
  report('page.bundle_gzip', 'kB', initial, { below: LIMIT });
  report('page.all_gzip', 'kB', all);
  table();
  tab.judge();
} finally {
  await browser.close();
  await world.end();
}

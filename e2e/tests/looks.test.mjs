/** How the page looks at every width, in both directions. */

import { strict as assert } from 'node:assert';

import { address, open, stage, talk } from '../support/scenes.mjs';
import { Tab } from '../support/browser.mjs';
import { story } from '../support/story.mjs';

const WIDTHS = [1200, 800, 360];
const CHAT_MENU = /^(What can be done with this chat|ما يمكن فعله بهذه المحادثة)$/;

/** What is wider than the window. */
function overflow(page) {
  return page.evaluate(() => {
    const root = document.scrollingElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const isOut = (one) => one.getBoundingClientRect().right > root.clientWidth || one.getBoundingClientRect().left < 0;
    return [...document.querySelectorAll('body *')].filter(isOut).map((one) => one.outerHTML.slice(0, 120));
  });
}

/** Where something begins and ends, in the direction of reading. */
async function place(locator, rtl) {
  const { x, width } = await locator.boundingBox();
  const window = locator.page().viewportSize().width;
  return rtl ? { start: window - x - width, end: window - x } : { start: x, end: x + width };
}

async function looksRight(tab, lang, width) {
  const { page } = tab;
  const what = `${lang} at ${width}`;
  const rtl = lang === 'ar';
  await talk(tab);
  assert.equal(await page.locator('html').getAttribute('dir'), rtl ? 'rtl' : 'ltr');
  assert.deepEqual(await overflow(page), [], `${what}: nothing is wider than the window`);
  const main = await place(page.locator('main'), rtl);
  if (width === 1200) {
    const rail = await place(page.locator('.shell > nav'), rtl);
    const list = await place(page.locator('.shell > .list'), rtl);
    assert.equal(rail.start, 0, `${what}: the rail is where reading begins`);
    assert.ok(rail.end <= list.start && list.end <= main.start, `${what}: rail, list, chat`);
  }
  const log = await place(page.getByRole('log'), rtl);
  for (const article of await page.getByRole('article').all()) {
    const texts = await article.locator('.text').all();
    for (const one of texts) {
      const text = await one.innerText();
      const direction = await one.evaluate((it) => getComputedStyle(it).direction);
      assert.equal(direction, /^[\u0600-\u06FF]/.test(text) ? 'rtl' : 'ltr', `${what}: ${text}`);
    }
    const text = await article.innerText();
    const bubble = await place(article.locator('.bubble'), rtl);
    const isMine = await article.evaluate((one) => one.classList.contains('mine'));
    const before = bubble.start - log.start;
    const behind = log.end - bubble.end;
    assert.ok(isMine ? before > behind : before < behind, `${what}: own words are at the end: ${text}`);
  }
  await page.locator('main header').getByRole('button', { name: CHAT_MENU }).click();
  await page.getByRole('menu').waitFor();
  await tab.settle();
  assert.deepEqual(await overflow(page), [], `${what}: the menu of the chat fits`);
  await page.keyboard.press('Escape');
  await page.locator('main header .who').click();
  await page.locator('aside ol li').last().waitFor();
  await tab.settle();
  assert.deepEqual(await overflow(page), [], `${what}: the safety number fits`);
}

story('a chat fits into every window, and mirrors', async (world, browser) => {
  await stage(world, browser);
  for (const lang of ['en', 'ar']) {
    for (const width of WIDTHS) {
      const tab = await open(browser, await address(world, 'layla'), { lang, width });
      await looksRight(tab, lang, width);
      tab.judge();
      await tab.close();
    }
  }
});

story('the first screen fits into every window, and mirrors', async (world, browser) => {
  const daemon = await world.page('default');
  const tab = await Tab.open(browser, daemon.address);
  for (const [lang, other] of [['en', 'العربية'], ['ar', 'English']]) {
    const change = tab.button(other);
    for (const width of WIDTHS) {
      await tab.page.setViewportSize({ width, height: 640 });
      assert.deepEqual(await overflow(tab.page), [], `${lang} at ${width}`);
      const { start, end } = await place(change, lang === 'ar');
      assert.ok(start > width - end, `${lang} at ${width}: the languages are at the end`);
    }
    await change.click();
  }
  tab.judge();
});

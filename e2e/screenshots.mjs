/** Takes the pictures of the README: what they show is the program itself. */

import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { launch } from './support/browser.mjs';
import { World } from './support/daemon.mjs';
import { address, open, stage, talk } from './support/scenes.mjs';

const folder = fileURLToPath(new URL('../docs/screenshots', import.meta.url));
const BYTES_MAX = 150 * 1024;

const browser = await launch();
const world = await World.make();
try {
  await mkdir(folder, { recursive: true });
  await stage(world, browser);
  const fresh = await world.page('fresh');
  for (const lang of ['en', 'ar']) {
    for (const theme of ['light', 'dark']) {
      const name = (scene) => join(folder, `${scene}-${lang}-${theme}.png`);
      const layla = await open(browser, await address(world, 'layla'), { lang, theme });
      await talk(layla);
      await take(layla, name('chat'));
      await layla.page.locator('main header .who').click();
      await layla.page.locator('aside ol li').last().waitFor();
      await take(layla, name('safety'));
      await palette(layla, lang === 'ar' ? 'ما يرونه' : 'What they see');
      await layla.page.locator('.seen section').nth(1).scrollIntoViewIfNeeded();
      await take(layla, name('seen'));
      await palette(layla, lang === 'ar' ? 'الإعدادات' : 'Settings');
      await layla.page.locator('.settings .me').waitFor();
      await take(layla, name('settings'));
      await layla.close();
      const code = lang === 'en' && theme === 'light' ? fresh.address : await address(world, 'fresh');
      const welcome = await open(browser, code, { lang, theme });
      await welcome.page.getByRole('heading').waitFor();
      await take(welcome, name('welcome'));
      await welcome.close();
    }
  }
} finally {
  await browser.close();
  await world.end();
}

/** Goes where the command palette leads. */
async function palette(tab, words) {
  await tab.page.keyboard.press('Control+k');
  await tab.page.locator('dialog[open]').getByRole('combobox').waitFor();
  await tab.page.keyboard.insertText(words);
  await tab.page.getByRole('option', { name: words }).first().click();
}

/** A picture that a repository can hold. */
async function take(tab, path) {
  // What the pointer stands on would tell its name.
  await tab.page.mouse.move(0, 0);
  await tab.page.evaluate(() => document.activeElement.blur());
  await tab.settle();
  await tab.page.screenshot({ path, caret: 'hide' });
  const { size } = await stat(path);
  if (size > BYTES_MAX) throw new Error(`${path} has ${size} bytes`);
  console.log(`${path}: ${size} bytes`);
}

/** What axe says about a screen, in each theme and language. */

import { strict as assert } from 'node:assert';

import axe from 'axe-core';

const THEMES = ['light', 'dark', 'contrast'];
export const LANGUAGES = { en: { dir: 'ltr', name: 'English' }, ar: { dir: 'rtl', name: 'العربية' } };

/** Waits until the page speaks a language. */
export function speaks(tab, lang) {
  return tab.page.waitForFunction((wanted) => document.documentElement.lang === wanted, lang);
}

/** Before there is a chat list, every screen offers the other language. */
export async function byButton(tab, lang) {
  if ((await tab.page.locator('html').getAttribute('lang')) === lang) return;
  await tab.button(LANGUAGES[lang].name).click();
  await speaks(tab, lang);
}

/** Afterwards, the palette does. */
export async function byPalette(tab, lang) {
  if ((await tab.page.locator('html').getAttribute('lang')) === lang) return;
  await tab.page.keyboard.press('Control+k');
  await tab.page.locator('input[role=combobox]').fill(LANGUAGES[lang].name);
  await tab.page.getByRole('option', { name: LANGUAGES[lang].name, exact: true }).click();
  await speaks(tab, lang);
}

/** What axe has to say about what is to be seen. */
async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return found
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' ')}`);
}

/** Judges a screen in all themes and languages; all that is wrong is told at once. */
export class Judge {
  wrong = [];

  async look(tab, screen, speak = byPalette, { open, close } = {}) {
    const { page } = tab;
    for (const [lang, { dir }] of Object.entries(LANGUAGES)) {
      await speak(tab, lang);
      assert.equal(await page.locator('html').getAttribute('dir'), dir);
      await open?.();
      for (const theme of THEMES) {
        // As the settings do it, which can't be reached from everywhere.
        await page.evaluate((chosen) => (document.documentElement.dataset.theme = chosen), theme);
        await tab.settle();
        for (const found of await violations(page)) this.wrong.push(`${screen}, ${lang}, ${theme}: ${found}`);
      }
      await close?.();
    }
    await speak(tab, 'en');
  }

  tell() {
    assert.deepEqual(this.wrong, []);
  }
}

/** Opens a dialog with a button, and closes it again, in whatever language. */
export function sheet(tab, button) {
  const dialog = tab.page.getByRole('dialog');
  return {
    open: async () => {
      await button.click();
      await dialog.waitFor();
    },
    close: async () => {
      await tab.page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    },
  };
}

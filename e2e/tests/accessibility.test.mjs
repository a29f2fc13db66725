/** Every screen, in each theme and language, as axe judges it. */

import { strict as assert } from 'node:assert';

import axe from 'axe-core';

import { GONE, REFUSED, Tab } from '../support/browser.mjs';
import { acceptFor, begin, choose, find, message, protect, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

const THEMES = ['light', 'dark', 'contrast'];
const LANGUAGES = { en: { dir: 'ltr', name: 'English' }, ar: { dir: 'rtl', name: 'العربية' } };

/** Waits until the page speaks a language. */
function speaks(tab, lang) {
  return tab.page.waitForFunction((wanted) => document.documentElement.lang === wanted, lang);
}

/** Before there is a chat list, every screen offers the other language. */
async function byButton(tab, lang) {
  if ((await tab.page.locator('html').getAttribute('lang')) === lang) return;
  await tab.button(LANGUAGES[lang].name).click();
  await speaks(tab, lang);
}

/** Afterwards, the palette does. */
async function byPalette(tab, lang) {
  if ((await tab.page.locator('html').getAttribute('lang')) === lang) return;
  await tab.page.keyboard.press('Control+k');
  await tab.page.getByRole('combobox').fill(LANGUAGES[lang].name);
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
class Judge {
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

story('the first minute can be read and used by everybody', async (world, browser) => {
  const judge = new Judge();
  const daemon = await world.page('default');
  const tab = await Tab.open(browser, daemon.address);
  await tab.page.getByRole('heading', { name: 'Talk freely' }).waitFor();
  await judge.look(tab, 'welcome', byButton);
  await tab.button('I have an invitation').click();
  await judge.look(tab, 'invitation', byButton);
  await tab.field('Invitation link').fill('xchat:NOTHING');
  await tab.button('Join').click();
  await tab.page.getByRole('alert').waitFor();
  await judge.look(tab, 'broken invitation', byButton);
  await tab.button('Back').click();
  await tab.button('Start').click();
  await tab.field('Username').fill('ADMIN');
  await tab.page.getByText(/admin\W* is reserved/).waitFor();
  await judge.look(tab, 'name', byButton);
  await choose(tab, 'alice');
  await tab.page.getByRole('heading', { name: 'Your 24 words' }).waitFor();
  await judge.look(tab, 'words', byButton);
  await tab.button('I wrote them down').click();
  await judge.look(tab, 'confirm', byButton);
  await tab.button('Skip for now').click();
  const skip = tab.page.getByRole('dialog', { name: 'Go on without the words?' });
  await skip.getByRole('button', { name: 'Go on without them' }).click();
  await tab.page.getByRole('heading', { name: 'Nobody here yet, except you' }).waitFor();
  await judge.look(tab, 'empty list');
  judge.tell();
  tab.judge([REFUSED]);
});

story('chats can be read and used by everybody', async (world, browser) => {
  const judge = new Judge();
  const daemon = await world.page('default');
  const alice = await begin(browser, daemon, 'alice');
  const { page } = alice;
  const [{ link }] = await world.run('default', ['invite']);
  await world.member('second', 'bob', link);
  await world.member('third', 'carol', link);
  await judge.look(alice, 'new chat', byPalette, {
    open: async () => {
      await page.keyboard.press('Alt+n');
      await page.getByRole('dialog').waitFor();
    },
    close: async () => {
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    },
  });
  await judge.look(alice, 'palette', byPalette, {
    open: async () => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').waitFor();
    },
    close: async () => {
      await page.keyboard.press('Escape');
      await page.getByRole('combobox').waitFor({ state: 'detached' });
    },
  });

  await world.run('third', ['send', '@alice', 'Hello from Carol', '--timeout', '60']);
  const requests = page.getByRole('region', { name: 'Message requests' });
  await requests.getByText('carol').click();
  await page.getByRole('heading', { name: /carol.* wants to write to you/ }).waitFor();
  await judge.look(alice, 'request');

  await find(alice, 'bob');
  await acceptFor(world, 'second', 'alice');
  await write(alice, 'Hello Bob, see https://example.org');
  await world.run('second', ['send', '@alice', 'مرحبا يا أليس', '--timeout', '60']);
  await message(alice, 'مرحبا يا أليس').waitFor();
  await page.getByRole('log', { name: 'Messages' }).waitFor();
  await judge.look(alice, 'conversation');

  await alice.page.getByRole('button', { name: /^Safety number of/ }).click();
  await page.getByRole('list', { name: 'The safety number, twelve groups' }).waitFor();
  await judge.look(alice, 'safety number');
  await page.keyboard.press('Escape');

  await alice.button('Settings').click();
  await page.getByText('This computer runs a node of the network').waitFor();
  await judge.look(alice, 'settings');
  judge.tell();
  alice.judge();
});

story('a locked profile and a lost tab can be read and used by everybody', async (world, browser) => {
  const judge = new Judge();
  const daemon = await world.page('default');
  const alice = await begin(browser, daemon, 'alice');
  await protect(alice, 'correct horse');
  await daemon.stop();
  await alice.page.getByText('X Chat is not running on this computer.', { exact: false }).first().waitFor();
  await judge.look(alice, 'no daemon');
  const again = await world.page('default', ['--api-port', String(daemon.port)]);
  await alice.page.getByRole('heading', { name: 'This tab is not connected to X Chat' }).waitFor();
  await judge.look(alice, 'lost tab', byButton);
  const tab = await Tab.open(browser, again.address);
  await tab.page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  await judge.look(tab, 'unlock', byButton);
  judge.tell();
  alice.judge([GONE]);
});

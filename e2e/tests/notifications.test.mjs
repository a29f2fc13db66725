/** What the system tells of messages while the page is out of sight. */

import { strict as assert } from 'node:assert';

import { byPalette, Judge } from '../support/axe.mjs';
import { chat, composer, friends, message, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

/** Writes down what the browser is given to show, and lets the page go out of sight as a tab behind another one does. */
function watch() {
  window.given = [];
  window.Notification = class extends Notification {
    constructor(title, options) {
      super(title, options);
      this.said = `${title}: ${options.body}`;
      this.open = true;
      window.given.push(this);
    }
    close() {
      this.open = false;
      super.close();
    }
  };
  let hidden = false;
  Object.defineProperty(document, 'visibilityState', { get: () => (hidden ? 'hidden' : 'visible') });
  window.hide = (wish) => {
    hidden = wish;
    document.dispatchEvent(new Event('visibilitychange'));
  };
}

const hide = (tab, hidden) =>
  tab.page.evaluate(async (wish) => {
    window.hide(wish);
    // The lock of a tab in sight is taken and given back a moment later.
    const name = 'xchat-in-sight';
    if (wish) await navigator.locks.request(name, { mode: 'shared' }, () => undefined);
    else while (!(await navigator.locks.query()).held.some((lock) => lock.name === name));
  }, hidden);
const given = (tab) => tab.page.evaluate(() => window.given.map(({ said }) => said));
const open = (tab) => tab.page.evaluate(() => window.given.filter((one) => one.open).length);
const told = (tab, count) => tab.page.waitForFunction((wanted) => window.given.length === wanted, count);
const settings = (tab) => tab.page.getByRole('region', { name: 'Settings' });
const turn = (tab) => settings(tab).getByRole('switch', { name: 'When X Chat is out of sight' });
const title = (tab, wanted) => tab.page.waitForFunction((text) => document.title === text, wanted);

/** As if the page had been opened in a browser in which this can be seen. */
async function watched(tab) {
  await tab.page.addInitScript(watch);
  await tab.page.reload();
  await chat(tab, 'bob').waitFor();
  // It is told from the moment on at which the page is in sight for the others.
  await tab.page.waitForFunction(async () => (await navigator.locks.query()).held.some(({ name }) => name === 'xchat-in-sight'));
}

story('nothing is told until somebody wishes it, and then no more than is wished', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  await alice.context.grantPermissions(['notifications']);
  await watched(alice);
  await alice.button('Settings').click();
  await title(alice, 'X Chat');

  // Nobody has asked for anything.
  assert.equal(await turn(alice).getAttribute('aria-checked'), 'false');
  await hide(alice, true);
  await write(bob, 'one');
  await title(alice, '(1) X Chat');
  assert.deepEqual(await given(alice), []);

  // Who wrote, and not what.
  await hide(alice, false);
  await turn(alice).click();
  await settings(alice).getByRole('radio', { name: 'Who wrote', checked: true }).waitFor();
  await write(bob, 'two');
  await title(alice, '(2) X Chat');
  assert.deepEqual(await given(alice), [], 'in sight, the page says it itself');
  await hide(alice, true);
  await write(bob, 'three');
  await told(alice, 1);
  assert.deepEqual(await given(alice), ['bob: New message']);
  assert.equal(await open(alice), 1);
  await hide(alice, false);
  assert.equal(await open(alice), 0, 'whoever looks needs to be told no more');

  // All of it, where somebody chooses that; and nothing, but that there is something.
  await settings(alice).getByRole('radio', { name: 'Who, and what' }).check({ force: true });
  await hide(alice, true);
  await composer(bob).fill('four, **loudly**');
  await composer(bob).press('Enter');
  await told(alice, 2);
  assert.equal((await given(alice))[1], 'bob: four, loudly');
  await hide(alice, false);
  await settings(alice).getByRole('radio', { name: 'That one came' }).check({ force: true });
  await hide(alice, true);
  await write(bob, 'five');
  await told(alice, 3);
  assert.equal((await given(alice))[2], 'X Chat: New message');

  // A click leads to the chat.
  await alice.page.evaluate(() => window.given.at(-1).dispatchEvent(new Event('click')));
  await composer(alice).waitFor();
  await hide(alice, false);
  await message(alice, 'five').waitFor();
  await title(alice, 'X Chat');

  // What is deleted for everyone is taken back, and muted chats are silent. The choice outlives the page.
  await alice.button('Settings').click();
  await alice.page.reload();
  await turn(alice).and(alice.page.locator('[aria-checked=true]')).waitFor();
  await hide(alice, true);
  await write(bob, 'six');
  await told(alice, 1);
  await message(bob, 'six').focus();
  await bob.page.keyboard.press('Shift+F10');
  await bob.page.getByRole('menuitem', { name: 'Delete' }).click();
  await bob.button('Delete for everyone').click();
  await alice.page.waitForFunction(() => !window.given[0].open);
  await hide(alice, false);
  await chat(alice, 'bob').click({ button: 'right' });
  await alice.page.getByRole('menuitem', { name: 'Mute' }).click();
  await alice.page.getByRole('menuitem', { name: 'For an hour' }).click();
  await chat(alice, 'bob').getByText('Muted').waitFor({ state: 'attached' });
  await hide(alice, true);
  await write(bob, 'seven');
  await chat(alice, 'seven').waitFor();
  assert.equal((await given(alice)).length, 1);
  await title(alice, 'X Chat');
  alice.judge();
  bob.judge();
});

story('of two tabs one tells, and none while the other is in sight', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  await alice.context.grantPermissions(['notifications']);
  await watched(alice);
  await alice.button('Settings').click();
  await turn(alice).click();
  const [{ port, code }] = await world.run('default', ['open']);
  const other = await alice.beside(`http://127.0.0.1:${port}/#${code}`);
  // The code is good once: not before it was given for a token may the page be loaded anew.
  await chat(other, 'bob').waitFor();
  await watched(other);
  await hide(alice, true);
  await write(bob, 'one');
  await chat(alice, 'one').waitFor();
  await hide(other, true);
  await write(bob, 'two');
  await Promise.all([chat(alice, 'two').waitFor(), chat(other, 'two').waitFor()]);
  const counts = async () => [(await given(alice)).length, (await given(other)).length];
  while ((await counts()).every((count) => count === 0));
  await write(bob, 'three');
  while ((await counts()).reduce((sum, count) => sum + count) < 2);
  assert.equal((await counts()).reduce((sum, count) => sum + count), 2, 'one for each message, and none for the first');
  alice.judge();
  bob.judge();
});

story('where the browser allows nothing, the settings say so', async (world, browser) => {
  const { alice } = await friends(world, browser);
  await alice.page.addInitScript(() => {
    Object.defineProperty(Notification, 'permission', { get: () => window.allowed ?? 'default' });
    Notification.requestPermission = async () => (window.allowed ??= 'denied');
  });
  await alice.page.reload();
  await alice.button('Settings').click();
  await turn(alice).focus();
  await alice.page.keyboard.press('Space');
  await settings(alice).getByText('You can allow it in the browser’s settings', { exact: false }).waitFor();
  assert.equal(await turn(alice).count(), 0);
  await alice.page.evaluate(() => (window.allowed = 'granted'));
  await alice.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await turn(alice).click();
  await settings(alice).getByRole('radiogroup', { name: 'What it tells' }).waitFor();
  const judge = new Judge();
  await judge.look(alice, 'notifications', byPalette);
  judge.tell();
  alice.judge();
});

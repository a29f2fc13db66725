/** What people say of themselves, and what both of them come back to: names, pictures, and pinned messages. */

import { strict as assert } from 'node:assert';

import { Judge } from '../support/axe.mjs';
import { REFUSED } from '../support/browser.mjs';
import { chat, composer, friends, message, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

const pins = (tab) => tab.page.getByRole('region', { name: 'Pinned messages' });

/** Chooses from the menu of a message. */
async function act(tab, text, item) {
  await message(tab, text).click({ button: 'right', position: { x: 4, y: 4 } });
  await tab.page.getByRole('menuitem', { name: item, exact: true }).click();
}

story('what somebody says of themselves is seen by the people they talk with', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  await alice.button('Settings').click();
  const about = alice.page.getByRole('region', { name: 'About you' });
  const picture = await alice.page.screenshot({ clip: { x: 0, y: 0, width: 640, height: 400 } });
  const choose = (buffer) =>
    about.locator('input[type=file]').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer });
  await choose(Buffer.from('no picture at all'));
  await about.getByRole('alert').getByText('This can’t be your picture').waitFor();
  await choose(picture);
  const own = alice.page.getByRole('region', { name: 'Settings' }).locator('.me img');
  await own.waitFor();
  assert.equal(await about.getByRole('alert').count(), 0);
  await about.getByLabel('Name').fill('A'.repeat(65));
  await about.getByText('This is too long.').waitFor();
  await about.getByLabel('Name').fill('أليس A. Wonder');
  await about.getByLabel('A few words').fill('down the rabbit hole\nand back');
  await judge.look(alice, 'what one says of oneself');
  await about.getByRole('button', { name: 'Save' }).click();
  await alice.page.getByText('Saved. The people you talk with see it.').waitFor();

  // The username stays what Bob knows her by.
  const row = chat(bob, 'alice');
  await row.getByText('أليس A. Wonder').waitFor();
  await row.locator('img').waitFor();
  const size = await row.locator('img').evaluate(async (it) => {
    await it.decode();
    return [it.naturalWidth, it.naturalHeight];
  });
  assert.deepEqual(size, [256, 256]);
  await bob.page.getByRole('button', { name: /^Safety number of/ }).click();
  await bob.page.getByText('down the rabbit hole').waitFor();
  await judge.look(bob, 'what is known about somebody who says something of themselves');

  await about.getByRole('button', { name: 'Remove' }).click();
  await own.waitFor({ state: 'detached' });
  await row.locator('img').waitFor({ state: 'detached' });
  await alice.page.reload();
  await about.getByText('A few words').waitFor();
  assert.equal(await about.getByLabel('Name').inputValue(), 'أليس A. Wonder');
  judge.tell();
  alice.judge([REFUSED]);
  bob.judge();
});

story('messages are pinned for both, and lead to their place', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  for (const text of ['the address is 12 Elm Street', 'and then', 'bring the blue one']) await write(alice, text);
  await message(bob, 'bring the blue one').waitFor();
  await act(alice, 'the address is 12 Elm Street', 'Pin here');
  await pins(bob).getByText('the address is 12 Elm Street').waitFor();
  await act(bob, 'bring the blue one', 'Pin here');
  await pins(alice).getByText('Pinned message 1 of 2').waitFor();
  await judge.look(alice, 'a chat with pinned messages');

  // One press goes to the latest, the next to the one before.
  await pins(alice).getByRole('button', { name: /^Pinned message .*blue one/ }).click();
  await alice.page.locator('article.lit').getByText('bring the blue one').waitFor();
  await pins(alice).getByRole('button', { name: /^Pinned message .*Elm Street/ }).click();
  await alice.page.locator('article.lit').getByText('the address is 12 Elm Street').waitFor();

  await pins(alice).getByRole('button', { name: 'Show all pinned messages' }).click();
  const all = alice.page.getByRole('dialog', { name: 'Pinned messages' });
  await all.getByText('@bob').waitFor({ state: 'detached' });
  await judge.look(alice, 'all pinned messages');
  await all.getByRole('button', { name: 'Unpin' }).first().click();
  await pins(bob).getByText('Pinned message', { exact: true }).waitFor();
  await alice.page.keyboard.press('Escape');

  // It goes with its message, and is there again after a start anew.
  await alice.page.reload();
  await pins(alice).getByText('the address is 12 Elm Street').waitFor();
  await composer(bob).focus();
  await act(alice, 'the address is 12 Elm Street', 'Delete');
  await alice.page.getByRole('button', { name: /everyone/ }).click();
  await pins(bob).waitFor({ state: 'detached' });
  await pins(alice).waitFor({ state: 'detached' });
  judge.tell();
  alice.judge();
  bob.judge();
});

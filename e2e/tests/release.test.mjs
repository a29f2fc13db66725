/** Giving the own name up, in the settings: what it means, what stays, what comes back. */

import { strict as assert } from 'node:assert';

import { byPalette, Judge, sheet } from '../support/axe.mjs';
import { chat, composer, friends, message, restore, write } from '../support/person.mjs';
import { address } from '../support/scenes.mjs';
import { story } from '../support/story.mjs';

const GONE_UP = /You gave \W*bob\W* up\. Your chats go on under it, and nobody new finds you\./;
const RESTS = /It rests until \W*\d+ \w+ \d{4}/;

/** The group about the account. */
function account(tab) {
  return tab.page.getByRole('region', { name: 'Account' });
}

story('a name is given up by whoever types it, and the chats go on', async (world, browser) => {
  const { alice, bob, invitation, words } = await friends(world, browser);
  const beside = await bob.beside(await address(world, 'second'));
  for (const tab of [bob, beside]) await tab.button('Settings').click();
  await account(bob).getByText(/bob\W* is yours\. People find you by it\./).waitFor();
  const judge = new Judge();
  const give = bob.page.locator('.settings').getByRole('button', { name: /^(Give up my name|التخلي عن اسمي)$/ });
  await judge.look(bob, 'giving the name up', byPalette, sheet(bob, give));
  await give.click();
  const dialog = bob.page.getByRole('dialog', { name: /^Give up \W*bob\W*\?$/ });
  await dialog.getByText('Your chats go on, with everybody who knows you already.').waitFor();
  const confirm = dialog.getByRole('button', { name: 'Give it up' });
  assert.ok(await confirm.isDisabled(), 'nothing was typed');
  await dialog.getByLabel('Type your name to confirm').fill('bab');
  await confirm.click();
  await dialog.getByText('That is not your name.').waitFor();
  await dialog.getByLabel('Type your name to confirm').fill('@Bob');
  await dialog.getByLabel('Type your name to confirm').press('Enter');
  await dialog.waitFor({ state: 'detached' });

  for (const tab of [bob, beside]) {
    await account(tab).getByText(GONE_UP).waitFor();
    await account(tab).getByText(RESTS).waitFor();
    assert.equal(await account(tab).getByRole('button', { name: 'Give up my name' }).count(), 0);
    await tab.text('Whoever opens this link in X Chat joins your network.').waitFor();
  }
  await bob.page.reload();
  await bob.button('Settings').click();
  await account(bob).getByText(GONE_UP).waitFor();
  await chat(bob, 'alice').click();
  await write(bob, 'Only you find me now');
  await message(alice, 'Only you find me now').waitFor();
  await write(alice, 'Good');
  await message(bob, 'Good').waitFor();

  // While it rests, the words take it back.
  const again = await restore(browser, await world.page('third'), 'bob', { invitation, words });
  await again.button('Settings').click();
  await account(again).getByText(/bob\W* is yours\./).waitFor();
  assert.equal(await composer(again).count(), 0);
  judge.tell();
  for (const tab of [alice, bob, beside, again]) tab.judge();
});

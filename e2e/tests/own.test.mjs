/** The own record is changed from elsewhere: whoever looks is told, until they have said that they have seen it. */

import { strict as assert } from 'node:assert';

import { REFUSED, Tab } from '../support/browser.mjs';
import { friends, restore } from '../support/person.mjs';
import { address } from '../support/scenes.mjs';
import { story } from '../support/story.mjs';

/** The line that says so. */
function line(tab, text = /The keys of your account were changed elsewhere: another device speaks for \W*bob\W* now\./) {
  return tab.page.getByRole('status').filter({ hasText: text });
}

/** The chat list is there, and all that was read with it. */
async function isReady(tab) {
  await tab.page.getByRole('navigation', { name: 'Chats' }).getByRole('button').filter({ hasText: 'alice' }).waitFor();
}

/** Looks for somebody who isn't there. The directory is asked every few minutes, and now. */
async function seek(tab, name) {
  await tab.button('New chat').click();
  const dialog = tab.page.getByRole('dialog', { name: 'New chat' });
  await dialog.getByLabel('Username').fill(name);
  await dialog.getByRole('button', { name: 'Start chat' }).click();
  await dialog.getByRole('alert').filter({ hasText: 'Nobody has this name' }).waitFor();
  await tab.page.keyboard.press('Escape');
}

story('who comes back with the words is seen by whoever still has the device', async (world, browser) => {
  const { bob, invitation, words } = await friends(world, browser);
  assert.equal(await line(bob).count(), 0);
  const again = await restore(browser, await world.page('third'), 'bob', { invitation, words });
  await seek(bob, 'nobody_here');
  await line(bob).waitFor();

  const late = await Tab.open(browser, await address(world, 'second'));
  await isReady(late);
  await line(late).waitFor();
  await late.page.reload();
  await isReady(late);
  await line(late).waitFor();
  await late.button('I have seen it').click();
  await line(late).waitFor({ state: 'detached' });
  for (const tab of [late, bob]) {
    await tab.page.reload();
    await isReady(tab);
    assert.equal(await line(tab).count(), 0, 'it was seen');
  }
  assert.equal(await line(again).count(), 0, 'who did it need not be told');

  // The same for a name that is given up there.
  await again.button('Settings').click();
  await again.button('Give up my name').click();
  await again.field('Type your name to confirm').fill('bob');
  await again.button('Give it up').click();
  await again.page.getByText(/^You gave \W*bob\W* up\./).waitFor();
  await seek(bob, 'nobody_there');
  await line(bob, /The name \W*bob\W* was given up elsewhere\./).waitFor();
  for (const tab of [bob, late, again]) tab.judge([REFUSED]);
});

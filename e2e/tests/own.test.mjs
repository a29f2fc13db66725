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

story('who comes back with the words is seen by whoever still has the device', async (world, browser) => {
  const { bob, invitation, words } = await friends(world, browser);
  assert.equal(await line(bob).count(), 0);
  const again = await restore(browser, await world.page('third'), 'bob', { invitation, words });
  // The directory is asked every few minutes; whoever looks for somebody asks it now.
  await bob.button('New chat').click();
  await bob.page.getByRole('dialog').getByLabel('Username').fill('nobody_here');
  await bob.page.getByRole('dialog').getByRole('button', { name: 'Start chat' }).click();
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
  for (const tab of [bob, late, again]) tab.judge([REFUSED]);
});

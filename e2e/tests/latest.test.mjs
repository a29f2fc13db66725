/** The button that leads to the newest message: there when it leads somewhere, and only then. */

import { strict as assert } from 'node:assert';

import { chat, friends, message, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

const LATEST = /^Go to (the latest message|\d+ new messages?)$/;

/** The button. */
function latest(tab) {
  return tab.page.getByRole('button', { name: LATEST });
}

/** Whether all of the open chat is in view. */
function fits(tab) {
  return tab.page.getByRole('log').evaluate((log) => log.scrollHeight <= log.clientHeight + 1);
}

story('a chat that fits into the view leads nowhere, also with something new in it', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  await alice.button('Settings').click();
  await write(bob, 'Are you there?');
  await chat(alice, 'Are you there?').getByText('1 unread message').waitFor({ state: 'attached' });
  await chat(alice, 'Are you there?').click();
  await message(alice, 'Are you there?').waitFor();
  await alice.page.getByRole('separator').getByText('New messages').waitFor();
  assert.equal(await fits(alice), true);
  await chat(alice, 'Are you there?').getByText('1 unread message').waitFor({ state: 'detached' });
  assert.equal(await latest(alice).count(), 0);

  // In a window that is too low for it, and in one that is not.
  const size = alice.page.viewportSize();
  await write(alice, 'I am\n'.repeat(30).trim());
  assert.equal(await fits(alice), false);
  assert.equal(await latest(alice).count(), 0, 'the end is in view');
  await alice.page.getByRole('log').evaluate((log) => (log.scrollTop = 0));
  await latest(alice).waitFor();
  await alice.page.setViewportSize({ ...size, height: 2000 });
  await latest(alice).waitFor({ state: 'detached' });
  assert.equal(await fits(alice), true);
  await alice.page.setViewportSize(size);
  await alice.page.getByRole('log').evaluate((log) => (log.scrollTop = 0));
  await latest(alice).click();
  await latest(alice).waitFor({ state: 'detached' });
  alice.judge();
});

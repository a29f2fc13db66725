/** A network that was not seen for too long: what the page says, and the invitation that puts it right. */

import { strict as assert } from 'node:assert';

import { byPalette, Judge, sheet } from '../support/axe.mjs';
import { REFUSED } from '../support/browser.mjs';
import { hasten } from '../support/network-file.mjs';
import { planned } from '../support/operators.mjs';
import { begin, composer, find } from '../support/person.mjs';
import { story } from '../support/story.mjs';

/** The line that says so. */
function line(tab) {
  return tab.page.getByRole('status').filter({ hasText: 'too long ago to know who keeps it now' });
}

/** Waits until this computer has not seen the network for as long as the network allows. */
async function passes(tab) {
  const { trusted_until_ms } = await tab.ask('/api/network/directory');
  await tab.page.waitForFunction((until_ms) => Date.now() > until_ms, trusted_until_ms, { timeout: 120_000 });
}

story('a network that was not seen for too long is trusted again by a new invitation', async (world, browser) => {
  const { machines: [machine], file } = await planned(world, 1, ['--trust-days', '1']);
  await hasten(file);
  const old = await machine.start(file);
  const alice = await begin(browser, await world.page('alice'), 'alice', { invitation: old });
  assert.equal(await line(alice).count(), 0);
  await passes(alice);

  // The page that is open is told when something is asked, one that comes later at once.
  await alice.button('New chat').click();
  const chat = alice.page.getByRole('dialog', { name: 'New chat' });
  await chat.getByLabel('Username').fill('bob');
  await chat.getByRole('button', { name: 'Start chat' }).click();
  await chat.getByRole('alert').filter({ hasText: 'Nothing was seen of this network for too long' }).waitFor();
  await line(alice).waitFor();
  await alice.page.reload();
  await line(alice).waitFor();
  const judge = new Judge();
  const button = alice.page.getByRole('status').getByRole('button').first();
  await judge.look(alice, 'trust that has run out', byPalette, sheet(alice, button));

  await alice.button('Paste a new invitation').click();
  const dialog = alice.page.getByRole('dialog', { name: 'Trust the network again' });
  const invitation = dialog.getByLabel('Invitation link');
  const renew = dialog.getByRole('button', { name: 'Trust it again' });
  for (const [link, why] of [
    ['xchat:NOTHING', 'This invitation is broken'],
    [old, /This invitation (doesn’t say who keeps the network now|is too old)/],
  ]) {
    await invitation.fill(link);
    await renew.click();
    await dialog.getByRole('alert').filter({ hasText: why }).waitFor();
    assert.equal(await invitation.inputValue(), link, 'what was pasted is kept');
  }
  await machine.stop();
  const fresh = await machine.start();
  await invitation.fill(fresh);
  await renew.click();
  await dialog.waitFor({ state: 'detached' });
  await line(alice).waitFor({ state: 'detached' });

  await world.run('bob', ['init', '--name', 'bob', '--no-confirm', '--loopback', '--join', fresh]);
  await find(alice, 'bob');
  await composer(alice).waitFor();
  judge.tell();
  alice.judge([REFUSED]);
});

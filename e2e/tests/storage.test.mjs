/** What uses space, what is deleted here, and what comes by itself. */

import { strict as assert } from 'node:assert';

import { Judge } from '../support/axe.mjs';
import { chat, friends } from '../support/person.mjs';
import { story } from '../support/story.mjs';

/** Sends a picture, of whatever is on the page. */
async function show(tab, name) {
  const buffer = await tab.page.screenshot({ clip: { x: 0, y: 0, width: 320, height: 200 } });
  await tab.page.locator('input[type=file]').first().setInputFiles([{ name, mimeType: 'image/png', buffer }]);
  const tray = tab.page.getByRole('region', { name: 'Files to send' });
  await tray.locator('li.ready').waitFor();
  await tab.page.getByLabel('Add a caption').press('Enter');
  await tray.waitFor({ state: 'detached' });
}

const picture = (tab, name) => tab.page.getByRole('button', { name: new RegExp(`^Open .*${name}`) }).locator('img.drawn');

story('files are deleted here, can be had again, and come by themselves as one wishes', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  await show(bob, 'first.png');
  await picture(alice, 'first').waitFor();

  await alice.button('Settings').click();
  const storage = alice.page.getByRole('region', { name: 'Storage' });
  await storage.getByText(/^Pictures: /).waitFor();
  await storage.scrollIntoViewIfNeeded();
  await judge.look(alice, 'what uses space');
  await storage.getByRole('button', { name: /^Free up space in the chat with/ }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'Free up space' });
  await dialog.getByText(/nobody can promise/).waitFor();
  await judge.look(alice, 'what is deleted here');
  await dialog.getByLabel('How old').selectOption('Older than 7 days');
  await dialog.getByRole('button', { name: 'Delete here' }).click();
  await alice.text('There is no file that fits.').waitFor();
  await storage.getByRole('button', { name: /^Free up space in the chat with/ }).click();
  await dialog.getByRole('button', { name: 'Delete here' }).click();
  await alice.page.getByText(/^One file is deleted here/).waitFor();
  await storage.getByText('No files are kept here yet.').waitFor();

  // From now on no picture comes by itself.
  await storage.getByLabel('Pictures').selectOption('Never');
  await alice.page.reload();
  assert.equal((await alice.ask('/api/settings')).arrivals.photos, 0);
  await chat(alice, 'bob').first().click();
  await show(bob, 'second.png');
  await alice.page.getByRole('button', { name: /^Load .*second/ }).first().waitFor();
  assert.equal(await picture(alice, 'second').count(), 0);
  assert.deepEqual((await alice.ask('/api/storage')).files, []);
  judge.tell();
  alice.judge();
  bob.judge();
});

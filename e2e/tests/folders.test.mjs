/** Chats in folders of one's own. */

import { strict as assert } from 'node:assert';

import { Judge } from '../support/axe.mjs';
import { chat, composer, find, friends, message, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

const folder = (tab, name) => tab.page.getByRole('tab', { name });

/** Opens the dialog in which a chat is put into folders. */
async function sort(tab, name) {
  await chat(tab, name).first().click({ button: 'right' });
  await tab.page.getByRole('menuitem', { name: 'Folders…' }).click();
  const dialog = tab.page.getByRole('dialog', { name: /^Folders for/ });
  await dialog.waitFor();
  return dialog;
}

story('chats are put into folders, which are named, moved and taken back', async (world, browser) => {
  const { alice, bob, invitation } = await friends(world, browser);
  await world.member('third', 'carol', invitation);
  await find(alice, 'carol');
  const judge = new Judge();
  // With two chats and no folder there is nothing to choose.
  assert.equal(await alice.page.getByRole('tablist').count(), 0);

  let dialog = await sort(alice, 'bob');
  await dialog.getByLabel('New folder').fill('Family');
  await judge.look(alice, 'the folders of a chat');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await folder(alice, 'Family').click();
  await chat(alice, 'bob').first().waitFor();
  assert.equal(await chat(alice, 'carol').count(), 0);
  await judge.look(alice, 'a folder');

  // It is remembered, and what is searched for is found in all chats.
  await alice.page.reload();
  await alice.page.getByRole('tab', { name: 'Family', selected: true }).waitFor();
  assert.equal(await chat(alice, 'carol').count(), 0);
  await alice.page.locator('[data-search]').fill('car');
  await chat(alice, 'carol').first().waitFor();
  await alice.page.locator('[data-search]').fill('');

  dialog = await sort(alice, 'bob');
  await dialog.getByLabel('New folder').fill('Family');
  await dialog.getByText('There is a folder with this name.').waitFor();
  await dialog.getByLabel('New folder').fill('Work');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });

  // By the keyboard alone: to the other folder, another name, to the front, away, and back again.
  await folder(alice, 'Family').focus();
  await alice.page.keyboard.press('ArrowRight');
  await alice.page.getByRole('tab', { name: 'Work', selected: true }).waitFor();
  await alice.page.keyboard.press('F2');
  await alice.page.getByLabel('Name of the folder').fill('Office');
  await alice.page.keyboard.press('Enter');
  await alice.page.getByRole('tab', { name: 'Office', selected: true }).waitFor();
  await folder(alice, 'Office').click({ button: 'right' });
  await alice.page.getByRole('menuitem', { name: 'Move one place forward' }).click();
  await alice.page.waitForFunction(() => document.querySelectorAll('[role=tab]')[2]?.textContent.includes('Office'));
  await folder(alice, 'Office').focus();
  await alice.page.keyboard.press('Delete');
  await folder(alice, 'Office').waitFor({ state: 'detached' });
  await alice.button('Undo').click();
  await alice.page.getByRole('tab', { name: 'Office', selected: true }).waitFor();
  assert.deepEqual(
    (await alice.ask('/api/folders')).map(({ name }) => name),
    ['Office', 'Family'],
  );
  judge.tell();
  alice.judge();
  bob.judge();
});

story('unread chats stay in sight while they are read', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const dialog = await sort(alice, 'bob');
  await dialog.getByLabel('New folder').fill('Family');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await folder(alice, 'Unread').click();
  await alice.text('Nothing unread.').waitFor();
  await alice.button('Settings').click();
  await write(bob, 'something new');
  await chat(alice, 'something new').waitFor();
  await alice.page.getByRole('tab', { name: /Family.*1 chat with something new/ }).waitFor();
  await chat(alice, 'bob').first().click();
  await message(alice, 'something new').waitFor();
  await composer(alice).waitFor();
  await alice.page.getByRole('tab', { name: 'Family', exact: true }).waitFor();
  await chat(alice, 'something new').waitFor();
  await folder(alice, 'All').click();
  await folder(alice, 'Unread').click();
  await alice.text('Nothing unread.').waitFor();
  alice.judge();
  bob.judge();
});

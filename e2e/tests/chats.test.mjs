/** What one sets about chats and people: pinned, muted, put away, named, blocked, and messages that disappear. */

import { strict as assert } from 'node:assert';

import { Judge } from '../support/axe.mjs';
import { chat, composer, friends, holds, message, reaches, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

/** Opens the menu of a chat in the list and chooses from it. */
async function act(tab, name, ...items) {
  await chat(tab, name).click({ button: 'right' });
  for (const item of items) await tab.page.getByRole('menuitem', { name: item }).click();
}

story('a chat is pinned, muted, put away and named', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  await chat(alice, 'bob').click({ button: 'right' });
  const menu = alice.page.getByRole('menu');
  await menu.waitFor();
  await judge.look(alice, 'the menu of a chat');
  // The keyboard goes round in it, and back to the list.
  await alice.page.keyboard.press('ArrowDown');
  await alice.page.keyboard.press('Escape');
  await menu.waitFor({ state: 'detached' });

  await act(alice, 'bob', 'Pin to the top');
  await chat(alice, 'bob').getByText('Pinned').waitFor({ state: 'attached' });
  await act(alice, 'bob', 'Mute', 'For eight hours');
  await chat(alice, 'bob').getByText('Muted').waitFor({ state: 'attached' });
  await act(alice, 'bob', 'Mark as unread');
  await alice.page.reload();
  await chat(alice, 'bob').getByText('Muted').waitFor({ state: 'attached' });
  await act(alice, 'bob', 'Unmute');

  await act(alice, 'bob', 'Name them yourself');
  const naming = alice.page.getByRole('dialog', { name: /A name of your own for/ });
  await naming.getByLabel('Name').fill('Bobby');
  await naming.getByRole('button', { name: 'Save' }).click();
  await alice.page.locator('[data-chat]').getByText('Bobby').waitFor();

  await alice.page.locator('[data-chat]').first().click({ button: 'right' });
  await alice.page.getByRole('menuitem', { name: 'Archive' }).click();
  await alice.page.getByRole('button', { name: 'Archive: one chat' }).waitFor();
  assert.equal(await alice.page.locator('[data-chat]').count(), 0);
  // Something new brings it back.
  await chat(bob, 'alice').click();
  await write(bob, 'Are you there?');
  await alice.page.locator('[data-chat]').getByText('Are you there?').waitFor();
  judge.tell();
  alice.judge();
  bob.judge();
});

story('messages disappear after a time that both see', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  await write(alice, 'for ever');
  await act(alice, 'bob', 'Disappearing messages');
  const dialog = alice.page.getByRole('dialog', { name: 'Disappearing messages' });
  await dialog.getByText('One hour').click();
  const judge = new Judge();
  await judge.look(alice, 'the time after which messages disappear');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await alice.page.getByText(/^You have set messages to disappear: \W*One hour\W* after they are read$/).first().waitFor();
  await bob.page.getByText(/alice\W* has set messages to disappear: \W*One hour/).first().waitFor();
  await write(alice, 'for an hour');
  await message(bob, 'for an hour').waitFor();
  await bob.page.getByRole('button', { name: /^Messages disappear: \W*One hour/ }).waitFor();
  await reaches(alice, 'for an hour', 'Read');
  await message(alice, 'for an hour').locator('time').first().click();
  await alice.page.getByText(/Disappears .* at the latest/).waitFor();
  judge.tell();
  alice.judge();
  bob.judge();
});

story('a draft is there after a start anew, and a star leads to its message', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  await write(bob, 'remember this');
  await message(alice, 'remember this').click({ button: 'right', position: { x: 4, y: 4 } });
  await alice.page.getByRole('menuitem', { name: 'Add a star' }).click();
  await message(alice, 'remember this').getByTitle('With a star').waitFor();
  await alice.page.keyboard.press('ControlOrMeta+k');
  await alice.page.getByRole('combobox').fill('star');
  await alice.page.keyboard.press('Enter');
  const starred = alice.page.getByRole('dialog', { name: 'Messages with a star' });
  await starred.getByRole('button', { name: /remember this/ }).click();
  await composer(alice).waitFor();

  const kept = alice.page.waitForResponse((response) => /\/draft$/.test(response.url()) && response.request().method() === 'PUT');
  await composer(alice).fill('half a thought');
  await kept;
  await alice.page.evaluate(() => {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith('xchat-draft-')) sessionStorage.removeItem(key);
  });
  await alice.page.reload();
  await chat(alice, 'bob').click();
  await holds(alice, 'half a thought');
  alice.judge();
  bob.judge();
});

story('somebody is blocked, and nothing of theirs comes until that is undone', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  await act(alice, 'bob', 'Block');
  const sure = alice.page.getByRole('dialog', { name: /^Block/ });
  await sure.getByRole('button', { name: 'Block' }).click();
  await alice.page.getByText(/You have blocked/).waitFor();
  await write(bob, 'can you hear me?');
  await reaches(bob, 'can you hear me?', 'Sent');
  assert.equal(await message(alice, 'can you hear me?').count(), 0);
  await alice.button('Settings').click();
  await alice.page.getByText('Blocked people').scrollIntoViewIfNeeded();
  const judge = new Judge();
  await judge.look(alice, 'what others are told, and who is blocked');
  await alice.page.getByRole('button', { name: 'Unblock' }).click();
  await alice.page.getByText('Nobody is blocked.').waitFor();
  await alice.page.getByRole('switch', { name: 'That you are typing' }).click();
  await alice.page.getByRole('switch', { name: 'That you are typing', checked: false }).waitFor();
  await chat(alice, 'bob').click();
  await write(alice, 'I am back');
  await message(bob, 'I am back').waitFor();
  judge.tell();
  alice.judge();
  bob.judge();
});

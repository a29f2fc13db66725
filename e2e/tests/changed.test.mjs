/** Somebody comes back with their words, and so with another key: what people see of it, and what they can do. */

import { strict as assert } from 'node:assert';

import { Judge } from '../support/axe.mjs';
import { chat, composer, find, friends, message, reaches, restore, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

/** What the browser's console makes of the one answer that refuses. */
const HELD_BACK = /Failed to load resource: the server responded with a status of \d+/;
const NEW_KEY = /bob\W* uses a new key\. Check it before you write something secret\./;

/** What stands above the messages about the key. */
function notice(tab) {
  return tab.page.getByRole('status').filter({ hasText: NEW_KEY });
}

/** The safety page of the open chat. */
async function safety(tab) {
  await tab.page.locator('main header').getByRole('button', { name: /^Safety number of/ }).click();
  const page = tab.page.getByRole('region', { name: 'Safety number' });
  await page.getByRole('listitem').last().waitFor();
  return page;
}

/** Its twelve groups. */
async function groups(page) {
  const all = await page.getByRole('listitem').allInnerTexts();
  assert.equal(all.length, 12);
  return all.join(' ');
}

/** Bob's computer is lost; he comes back on another one and writes. Gives his new tab. */
async function comeBack(world, browser, { bob, invitation, words, daemons }) {
  await bob.close();
  await daemons.bob.kill();
  const again = await restore(browser, await world.page('third'), 'bob', { invitation, words });
  await find(again, 'alice');
  await write(again, 'It is me again');
  return again;
}

/** Opens the chat that he wrote in, by what was said in it last. */
async function open(tab, last = 'It is me again') {
  await chat(tab, last).click();
  await message(tab, 'It is me again').waitFor();
}

/** What the page is answered when it sends. */
function answer(tab) {
  const isSending = (response) => response.request().method() === 'POST' && response.url().endsWith('/messages');
  return tab.page.waitForResponse(isSending).then((response) => response.json());
}

story('somebody verified who comes back with another key is not written to unseen', async (world, browser) => {
  const people = await friends(world, browser);
  const { alice } = people;
  const before = await safety(alice);
  const numbers = await groups(before);
  await before.getByRole('button', { name: 'They are the same' }).click();
  await before.getByText('Verified', { exact: true }).waitFor();
  await before.getByRole('button', { name: 'Close' }).click();

  const again = await comeBack(world, browser, people);
  await open(alice);
  await notice(alice).waitFor();
  const refused = answer(alice);
  await composer(alice).fill('Is it you?');
  await composer(alice).press('Enter');
  assert.equal((await refused).error.code, 'identity-changed');
  const alert = alice.page.getByRole('alert').filter({ hasText: 'Not sent; your text is back here.' });
  await alert.filter({ hasText: 'Compare the safety number, or accept the key.' }).waitFor();
  assert.equal(await composer(alice).inputValue(), 'Is it you?', 'it is kept');
  assert.equal(await message(alice, 'Is it you?').count(), 0);

  await notice(alice).getByRole('button', { name: 'Check' }).click();
  const after = alice.page.getByRole('region', { name: 'Safety number' });
  await after.getByText('A new key', { exact: true }).waitFor();
  await after.getByRole('listitem').last().waitFor();
  const fresh = await groups(after);
  assert.notEqual(fresh, numbers, 'another key has another number');
  assert.equal(await groups(await safety(again)), fresh, 'and Bob sees the same');
  assert.equal(await message(again, 'Is it you?').count(), 0, 'nothing has gone out');

  await after.getByRole('button', { name: 'Accept without comparing' }).click();
  await notice(alice).waitFor({ state: 'detached' });
  await after.getByText('Not verified yet', { exact: true }).waitFor();
  assert.equal(await composer(alice).inputValue(), 'Is it you?', 'it is still there');
  await composer(alice).press('Enter');
  await message(again, 'Is it you?').waitFor();
  await reaches(alice, 'Is it you\\?', 'Read');
  alice.judge([HELD_BACK]);
  again.judge();
});

story('another key of somebody who was never verified is shown, and holds nothing back', async (world, browser) => {
  const people = await friends(world, browser);
  const { alice } = people;
  const again = await comeBack(world, browser, people);
  await open(alice);
  await notice(alice).waitFor();
  await write(alice, 'Welcome back');
  await message(again, 'Welcome back').waitFor();
  await reaches(alice, 'Welcome back', 'Read');
  await notice(alice).waitFor();

  await notice(alice).getByRole('button', { name: 'Accept' }).click();
  await notice(alice).waitFor({ state: 'detached' });
  await alice.page.reload();
  await open(alice, 'Welcome back');
  assert.equal(await notice(alice).count(), 0, 'it is asked once');
  alice.judge();
  again.judge();
});

story('the chat with the old key says so, and leads to the one with the new key', async (world, browser) => {
  const people = await friends(world, browser);
  const { alice } = people;
  const page = await safety(alice);
  await page.getByRole('button', { name: 'They are the same' }).click();
  await page.getByText('Verified', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();

  // It stays open meanwhile, and is not touched.
  await comeBack(world, browser, people);
  const replaced = alice.page
    .getByRole('status')
    .filter({ hasText: /This chat is with the key that \W*bob\W* had before\./ });
  await replaced.waitFor();
  const header = alice.page.locator('main header');
  assert.equal(await header.getByText('Verified', { exact: true }).count(), 0);
  assert.equal(await composer(alice).count(), 0, 'nothing is written to the old key');
  const old = chat(alice, 'So here we are');
  await old.getByTitle('Goes on in a newer chat').waitFor();
  await chat(alice, 'It is me again').getByTitle('Check the safety number').waitFor();
  const judge = new Judge();
  await judge.look(alice, 'a chat with a key of before');
  const stale = await safety(alice);
  await stale.getByText(/^This number is of the key that \W*bob\W* had before\./).waitFor();
  assert.equal(await stale.getByRole('button', { name: 'They are the same' }).count(), 0);
  await stale.getByRole('button', { name: 'Close' }).click();

  judge.tell();
  await replaced.getByRole('button', { name: 'Go to the newer chat' }).click();
  await message(alice, 'It is me again').waitFor();
  await notice(alice).getByRole('button', { name: 'Accept' }).click();
  await notice(alice).waitFor({ state: 'detached' });
  await old.click();
  await replaced.waitFor();
  await alice.page.reload();
  await replaced.waitFor();
  await find(alice, 'bob');
  await message(alice, 'It is me again').waitFor();
  alice.judge();
});

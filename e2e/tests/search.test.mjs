/** A long chat: where it begins, how one moves in it, and how one finds what was said. */

import { strict as assert } from 'node:assert';

import { chat, composer, friends, message, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

const COUNT = 420;
/** Said once, far back, with marks on it and in letters that are compared with others. */
const OLD = { 40: 'رأيت زَرَافَةً في الحديقة', 60: 'Meet me at the lighthouse, https://example.org/map', 300: 'The Lighthouse is closed today' };

/** Sends many texts from a page, as fast as the daemon takes them. */
async function sendMany(tab, texts) {
  await tab.page.evaluate(async (all) => {
    const headers = {
      authorization: `Bearer ${sessionStorage.getItem('xchat-token')}`,
      'content-type': 'application/json',
    };
    const [{ id }] = await (await fetch('/api/conversations', { headers })).json();
    for (const text of all) {
      const path = `/api/conversations/${id}/messages`;
      const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify({ text }) });
      if (!answer.ok) throw new Error(await answer.text());
    }
  }, texts);
}

const log = (tab) => tab.page.getByRole('log');
const latest = (tab) => tab.page.getByRole('button', { name: /^Go to (the latest message|.*new messages?)$/ });
const results = (tab, where = 'Messages') => tab.page.getByRole('region', { name: where }).locator('[data-found]');

/** Waits until a message is in view, and is the one that is lit. */
async function arrivesAt(tab, text) {
  const found = message(tab, text);
  await found.waitFor();
  await tab.page.locator('article.lit').filter({ has: tab.page.getByText(text, { exact: true }) }).waitFor();
  await tab.settle();
  assert.equal(await found.evaluate((one) => {
    const box = one.getBoundingClientRect();
    const view = one.closest('[role=log]').getBoundingClientRect();
    return box.top >= view.top - 1 && box.bottom <= view.bottom + 1;
  }), true, `${text} is in view`);
}

/** What is marked in the open chat. */
function marked(tab) {
  return tab.page.evaluate(() => [...(CSS.highlights.get('found') ?? [])].map(String));
}

story('a long chat begins at the first unread message, and its messages are found', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  await write(alice, 'Tell me everything');
  await message(bob, 'Tell me everything').waitFor();
  await alice.button('Settings').click();
  const texts = Array.from({ length: COUNT }, (_, at) => OLD[at + 1] ?? `Number ${at + 1}`);
  await sendMany(bob, texts);
  await chat(alice, `Number ${COUNT}`).getByText(`${COUNT} unread messages`).waitFor({ state: 'attached' });

  // It begins where it was left, with the end far away.
  await chat(alice, `Number ${COUNT}`).click();
  await alice.page.getByRole('separator').getByText('New messages').waitFor();
  await message(alice, 'Number 1').waitFor();
  assert.equal(await message(alice, `Number ${COUNT}`).count(), 0);
  await latest(alice).waitFor();

  // Down to the end without a gap.
  const seen = new Set();
  await log(alice).focus();
  for (let turn = 0; turn < 200 && !seen.has(`Number ${COUNT}`); turn += 1) {
    for (const text of await log(alice).locator('article .text').allInnerTexts()) seen.add(text);
    await alice.page.keyboard.press('PageDown');
    await alice.settle();
  }
  assert.deepEqual(texts.filter((text) => !seen.has(text)), [], 'every message was seen on the way');
  await alice.page.keyboard.press('End');
  await alice.page.locator('.badge').waitFor({ state: 'detached' });

  // Found by other letters than it was written with, and shown where it stands, far from what has been read so far.
  await alice.page.reload();
  await chat(alice, `Number ${COUNT}`).click();
  await message(alice, `Number ${COUNT}`).waitFor();
  const list = alice.page.getByRole('searchbox', { name: 'Search chats' });
  await list.fill('زرافه');
  await results(alice).first().waitFor();
  assert.equal(await results(alice).count(), 1);
  assert.equal(await results(alice).locator('mark').innerText(), 'زَرَافَةً');
  await results(alice).first().click();
  await arrivesAt(alice, OLD[40]);
  assert.deepEqual(await marked(alice), ['زَرَافَةً']);

  // What comes meanwhile waits at the end.
  await write(bob, 'Are you still reading?');
  await alice.page.getByRole('button', { name: 'Go to 1 new message' }).waitFor();
  assert.equal(await message(alice, 'Are you still reading?').count(), 0);
  await message(alice, OLD[40]).waitFor();
  await latest(alice).click();
  await message(alice, 'Are you still reading?').waitFor();
  await latest(alice).waitFor({ state: 'detached' });
  await alice.page.locator('.badge').waitFor({ state: 'detached' });

  // In this chat alone, from one to the next.
  await alice.page.keyboard.press('Control+f');
  const words = alice.page.getByRole('searchbox', { name: 'Words' });
  await words.fill('lighthouse');
  await results(alice, 'Search in this chat').nth(1).waitFor();
  await words.press('Enter');
  await arrivesAt(alice, OLD[300]);
  await words.press('Enter');
  await arrivesAt(alice, OLD[60]);
  assert.equal(await words.evaluate((one) => one === document.activeElement), true, 'the words keep the keyboard');
  await alice.button('Narrow down').click();
  await alice.page.getByRole('checkbox', { name: 'Only messages with links' }).check();
  await results(alice, 'Search in this chat').nth(1).waitFor({ state: 'detached' });
  assert.equal(await results(alice, 'Search in this chat').count(), 1);
  await alice.page.getByRole('combobox', { name: 'Written by' }).selectOption('Me');
  await alice.page.getByText('No message has this.').last().waitFor();

  // To the first message of today, which is the first of all.
  const today = await alice.page.evaluate(() => new Date().toLocaleDateString('sv'));
  await alice.page.getByLabel('Go to a day').fill(today);
  await alice.button('Go').click();
  await arrivesAt(alice, 'So here we are');
  await alice.page.keyboard.press('Escape');
  await words.waitFor({ state: 'detached' });

  // Who writes is at the end again.
  await write(alice, 'I have read it all');
  await latest(alice).waitFor({ state: 'detached' });
  await composer(alice).waitFor();
  alice.judge();
});

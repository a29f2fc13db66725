/** Messages that are sent later. */

import { strict as assert } from 'node:assert';

import { Judge } from '../support/axe.mjs';
import { composer, friends, holds, message } from '../support/person.mjs';
import { story } from '../support/story.mjs';

const waiting = (tab) => tab.page.getByRole('button', { name: /waits:|wait, the next:/ });

/** Has a text sent in an hour. */
async function postpone(tab, text) {
  await composer(tab).fill(text);
  await tab.button('Send later…').click();
  const dialog = tab.page.getByRole('dialog', { name: 'Send later' });
  await dialog.getByRole('button', { name: /^In an hour/ }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** The opened list of what waits. */
async function list(tab) {
  await waiting(tab).click();
  const dialog = tab.page.getByRole('dialog', { name: 'To be sent later' });
  await dialog.waitFor();
  return dialog;
}

story('a message is sent later, changed, taken back and sent at once', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  await composer(alice).fill('in an hour');
  // The button that sends offers it too, by the other button of the mouse or the key for menus.
  await alice.button('Send').click({ button: 'right' });
  const dialog = alice.page.getByRole('dialog', { name: 'Send later' });
  await dialog.getByText(/has to be running/).waitFor();
  await dialog.getByLabel('Another time').fill('2001-01-01T10:00');
  await dialog.getByText('This time is over.').waitFor();
  assert.equal(await dialog.getByRole('button', { name: 'Send then' }).isEnabled(), false);
  await judge.look(alice, 'the time to send at');
  await dialog.getByRole('button', { name: /^In an hour/ }).click();
  await alice.page.getByRole('button', { name: /^One message waits/ }).waitFor();
  await holds(alice, '');
  assert.equal(await message(alice, 'in an hour').count(), 0);

  await postpone(alice, 'a second one');
  await alice.page.getByRole('button', { name: /^2 messages wait/ }).waitFor();
  await alice.page.reload();
  let all = await list(alice);
  await judge.look(alice, 'what waits');
  const second = all.getByRole('listitem').filter({ hasText: 'a second one' });
  await second.getByRole('button', { name: 'Take back' }).click();
  await second.getByText('The message will not be sent.').waitFor();
  assert.equal((await alice.ask('/api/scheduled')).length, 1);
  await second.getByRole('button', { name: 'Undo' }).click();
  await second.getByRole('button', { name: 'Take back' }).waitFor();

  // Another text and another time.
  await second.getByRole('button', { name: 'Change' }).click();
  const change = alice.page.getByRole('dialog', { name: 'Change the message' });
  await change.getByLabel('Message').fill('a better one');
  await judge.look(alice, 'a message that waits is changed');
  const due = new Date(Date.now() + 26 * 3_600_000);
  const field = new Date(due.getTime() - due.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  await change.getByLabel('Another time').fill(field);
  await change.getByRole('button', { name: 'Save' }).click();
  await change.waitFor({ state: 'detached' });
  const better = all.getByRole('listitem').filter({ hasText: 'a better one' });
  await better.waitFor();
  const kept = (await alice.ask('/api/scheduled')).find(({ text }) => text === 'a better one');
  assert.equal(kept.due_ms, new Date(field).getTime());

  await better.getByRole('button', { name: 'Send now' }).click();
  await message(bob, 'a better one').waitFor();
  await better.waitFor({ state: 'detached' });
  await alice.page.keyboard.press('Escape');
  await alice.page.getByRole('button', { name: /^One message waits/ }).waitFor();
  judge.tell();
  alice.judge();
  bob.judge();
});

story('a message goes out at its time', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  await composer(alice).fill('it is time');
  await alice.button('Send later…').click();
  const dialog = alice.page.getByRole('dialog', { name: 'Send later' });
  // A field of minutes; the time that comes next is the earliest that can be told.
  const post = alice.page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/api/scheduled'));
  await alice.page.route('**/api/scheduled', (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    const wish = route.request().postDataJSON();
    return route.continue({ postData: JSON.stringify({ ...wish, due_ms: Date.now() + 2_000 }) });
  });
  await dialog.getByRole('button', { name: /^In an hour/ }).click();
  await post;
  await waiting(alice).waitFor();
  await message(bob, 'it is time').waitFor();
  await message(alice, 'it is time').waitFor();
  await waiting(alice).waitFor({ state: 'detached' });
  alice.judge();
  bob.judge();
});

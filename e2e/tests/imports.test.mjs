/** Messages that are brought from other messengers: given, read, searched, joined to a chat, removed. */

import { strict as assert } from 'node:assert';

import { Judge } from '../support/axe.mjs';
import { begin, composer } from '../support/person.mjs';
import { story } from '../support/story.mjs';

const CHAT = [
  '31/12/2023, 21:57 - Messages and calls are end-to-end encrypted.',
  '31/12/2023, 21:58 - Bob: happy new year <img src=x onerror=alert(1)>',
  '31/12/2023, 21:59 - Alice: كل عام وأنت بخير',
  'and in two lines',
  '31/12/2023, 22:01 - Bob: IMG-20231231-WA0001.jpg (file attached)',
  '01/01/2024, 00:00 - Bob: fireworks',
].join('\n');
const AMBIGUOUS = '01/02/2023, 21:58 - Carol: one\n01/02/2023, 21:59 - Carol: two\n';

story('messages of another messenger are brought, read and removed', async (world, browser) => {
  const alice = await begin(browser, await world.page('default'), 'alice');
  const judge = new Judge();
  await alice.button('Settings').click();
  const part = alice.page.getByRole('region', { name: 'Messages from elsewhere' });
  const give = (name, text) =>
    part.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

  await give('notes.txt', 'no chat at all');
  await part.getByText('This is no archive of X, WhatsApp or Telegram that can be read.').waitFor();
  await part.getByLabel('Your name in it').fill('Alice');
  await give('WhatsApp Chat with Bob.txt', CHAT);
  await part.getByText('WhatsApp: 5 new of 5 messages.').waitFor();
  await part.getByText('Pictures, videos and other files stay in the archive').waitFor();
  await give('WhatsApp Chat with Bob.txt', CHAT);
  await part.getByText('WhatsApp: 0 new of 5 messages.').waitFor();
  await give('WhatsApp Chat with Carol.txt', AMBIGUOUS);
  await part.getByText('the day or the month may come first').waitFor();
  await part.getByRole('button', { name: 'The month' }).click();
  await part.getByText('WhatsApp: 2 new of 2 messages.').waitFor();
  await judge.look(alice, 'what was brought');

  const entry = part.getByRole('listitem').filter({ hasText: '5 messages' });
  await entry.getByRole('button', { name: 'Read' }).click();
  const dialog = alice.page.getByRole('dialog');
  await dialog.getByText('happy new year <img src=x onerror=alert(1)>').waitFor();
  await dialog.getByText('not in the archive').waitFor();
  assert.equal(await dialog.locator('.mine').count(), 1);
  assert.equal(await dialog.locator('img').count(), 0);
  await dialog.getByLabel('Search in these messages').fill('عام');
  await dialog.getByRole('button', { name: /Alice/ }).click();
  await dialog.locator('.lit').getByText('and in two lines').waitFor();
  await dialog.getByLabel('You are').selectOption({ label: 'Bob' });
  await dialog.locator('.mine').nth(2).waitFor();
  await alice.page.keyboard.press('Escape');

  // In every language the last thing that can be done with it is to read it.
  const read = alice.page.locator('.list > li').filter({ hasText: 'Bob' }).getByRole('button').last();
  const open = async () => {
    await read.click();
    await dialog.getByText('fireworks').waitFor();
  };
  const close = () => alice.page.keyboard.press('Escape');
  await judge.look(alice, 'reading what was brought', undefined, { open, close });

  // Where it goes on it can be read, and it is found with all else.
  await alice.button('Chats').click();
  await alice.page.getByRole('button', { name: /^Note to myself/ }).first().click();
  await composer(alice).waitFor();
  await alice.button('Settings').click();
  await read.click();
  await dialog.getByLabel('Continue here with').selectOption({ label: 'Note to myself' });
  await dialog.getByRole('button', { name: 'Open the chat' }).click();
  await alice.page.getByRole('button', { name: /^Read your older messages from \W*WhatsApp/ }).click();
  await dialog.getByText('fireworks').waitFor();
  await alice.page.keyboard.press('Escape');
  await alice.page.getByRole('searchbox', { name: 'Search chats' }).fill('happy new');
  const elsewhere = alice.page.getByRole('region', { name: 'Messages from elsewhere' });
  await elsewhere.getByRole('button', { name: /happy new year/ }).click();
  await dialog.locator('.lit').getByText('happy new year').waitFor();
  await judge.look(alice, 'what was brought, found by a search');
  await alice.page.keyboard.press('Escape');
  await alice.button('Settings').click();

  await entry.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await entry.waitFor({ state: 'detached' });
  judge.tell();
  alice.judge();
});

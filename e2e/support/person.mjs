/** What people do on the page. */

import { strict as assert } from 'node:assert';

import { Tab } from './browser.mjs';
import { PATIENCE_MS } from './daemon.mjs';

/** The first minute of a new person: from the address to the empty chat list. */
export async function begin(browser, daemon, name, { invitation, options } = {}) {
  const tab = await Tab.open(browser, daemon.address, options);
  await register(tab, name, invitation);
  return tab;
}

/** The same in a tab that is open. Gives the person's 24 words. */
export async function register(tab, name, invitation) {
  if (invitation === undefined) await tab.button('Start').click();
  else await join(tab, 'I have an invitation', invitation);
  await choose(tab, name);
  return writeWordsDown(tab);
}

/** Comes back with the words, in a profile that is new. */
export async function restore(browser, daemon, name, { invitation, words }) {
  const tab = await Tab.open(browser, daemon.address);
  await join(tab, 'I have an account already', invitation);
  // Whoever comes with an account is asked for it, and not for a name.
  await tab.page.getByRole('heading', { name: 'Get your account back' }).waitFor();
  await tab.field('Username').fill(name);
  await tab.field('24 words, with spaces between them').fill(words.join(' '));
  await tab.button('Restore').click();
  await tab.page.getByRole('navigation', { name: 'Chats' }).waitFor();
  return tab;
}

async function join(tab, way, invitation) {
  await tab.button(way).click();
  await tab.field('Invitation link').fill(invitation);
  await tab.button('Join').click();
}

/** Two people who found each other, the second of them without a page so far. */
export async function acquainted(world, browser, options) {
  const daemon = await world.page('default');
  const alice = await begin(browser, daemon, 'alice', { options });
  const [{ link }] = await world.run('default', ['invite']);
  const second = await world.member('second', 'bob', link);
  await find(alice, 'bob');
  await acceptFor(world, 'second', 'alice');
  return { alice, daemons: { alice: daemon, bob: second } };
}

/** Puts a passphrase on the profile, in the settings. */
export async function protect(tab, passphrase) {
  await tab.button('Settings').click();
  await tab.button('Set a passphrase').click();
  await tab.field('New passphrase').fill(passphrase);
  await tab.field('Once more').fill(passphrase);
  await tab.button('Save').click();
  await tab.text('The passphrase is set.').waitFor();
}

/** Takes a name that is free. */
export async function choose(tab, name) {
  await tab.field('Username').fill(name);
  // Names stand in marks that keep their direction to themselves.
  await tab.page.getByText(new RegExp(`${name}\\W* is free`)).waitFor();
  await tab.button('Take this name').click();
}

/** Reads the words as a person does, and types the three that are asked for. Gives all of them. */
export async function writeWordsDown(tab) {
  await tab.page.getByRole('heading', { name: 'Your 24 words' }).waitFor();
  const lines = await tab.page.getByRole('listitem').allInnerTexts();
  assert.equal(lines.length, 24);
  const words = lines.map((line) => line.replace(/[^a-z]/g, ''));
  await tab.button('I wrote them down').click();
  for (const field of await tab.page.getByLabel(/^Word \d+$/).all()) {
    const label = await field.evaluate((input) => input.labels[0].textContent);
    const number = Number(/\d+/.exec(label)[0]);
    await field.fill(words[number - 1]);
  }
  await tab.button('Continue').click();
  return words;
}

/** Begins a chat with somebody by their name. */
export async function find(tab, name) {
  await tab.button('New chat').click();
  const dialog = tab.page.getByRole('dialog', { name: 'New chat' });
  await dialog.getByLabel('Username').fill(name);
  await dialog.getByRole('button', { name: 'Start chat' }).click();
  await tab.page.getByRole('textbox', { name: new RegExp(`^Message to .*${name}`) }).waitFor();
}

/** Accepts for somebody without a page, as soon as the request has come. */
export async function acceptFor(world, profile, name) {
  const end = Date.now() + PATIENCE_MS;
  for (let requests = []; !requests.some(({ from }) => from === name); ) {
    if (Date.now() > end) throw new Error(`no request of ${name} came to ${profile}`);
    requests = await world.run(profile, ['requests']);
  }
  await world.run(profile, ['accept', `@${name}`]);
}

/** Accepts the message request of somebody. */
export async function accept(tab, name) {
  await tab.page.getByRole('region', { name: 'Message requests' }).getByText(name).click();
  await tab.button('Accept').click();
  await composer(tab).waitFor();
}

/** Where a message is written. */
/** Waits until the composer holds just this text. */
export async function holds(tab, text) {
  const field = await composer(tab).elementHandle();
  await tab.page.waitForFunction(([it, value]) => it.value === value, [field, text]);
}

export function composer(tab) {
  return tab.page.getByRole('textbox', { name: /^(Message to|Write a note)/ });
}

export async function write(tab, text) {
  await composer(tab).fill(text);
  await composer(tab).press('Enter');
  await message(tab, text).waitFor();
}

/** A message in the open chat. */
export function message(tab, text) {
  return tab.page.getByRole('article').filter({ has: tab.page.getByText(text, { exact: true }) });
}

/** Waits until an own message has come so far. */
export async function reaches(tab, text, state) {
  await tab.page.getByRole('article', { name: new RegExp(`${text}.*${state}$`) }).waitFor();
}

/** A chat in the list. */
export function chat(tab, name) {
  return tab.page.getByRole('navigation', { name: 'Chats' }).getByRole('button').filter({ hasText: name });
}

/** Two people with an accepted chat, each on a page; with the invitation of the one and the words of the other. */
export async function friends(world, browser) {
  const daemon = await world.page('default');
  const alice = await begin(browser, daemon, 'alice');
  const [{ link: invitation }] = await world.run('default', ['invite']);
  const second = await world.page('second');
  const bob = await Tab.open(browser, second.address);
  const words = await register(bob, 'bob', invitation);
  await find(alice, 'bob');
  await accept(bob, 'alice');
  await write(bob, 'So here we are');
  await message(alice, 'So here we are').waitFor();
  return { alice, bob, invitation, words, daemons: { alice: daemon, bob: second } };
}

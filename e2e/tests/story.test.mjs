/** Two people, from nothing to a conversation, and what happens to it. */

import { strict as assert } from 'node:assert';

import { GONE, Tab } from '../support/browser.mjs';
import { accept, begin, chat, composer, find, friends, message, reaches, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

story('two people meet, talk, and see how far each message has come', async (world, browser) => {
  const daemon = await world.page('default');
  const alice = await begin(browser, daemon, 'alice');
  await alice.page.getByRole('heading', { name: 'Nobody here yet, except you' }).waitFor();
  const link = await alice.page.getByText(/^xchat:/).first().innerText();
  assert.match(link, /^xchat:[A-Z2-7]+/);
  await alice.page.getByRole('img', { name: 'QR code' }).first().waitFor();

  const [{ link: invitation }] = await world.run('default', ['invite']);
  const second = await world.page('second');
  const bob = await begin(browser, second, 'bob', { invitation });

  await find(alice, 'bob');
  await write(alice, 'Hello Bob');
  await alice.page.getByText(/on its way to .*bob.*accept/).waitFor();
  await bob.page.getByRole('region', { name: 'Message requests' }).getByText('alice').click();
  await bob.page.getByText(/alice.* wants to write to you/).waitFor();
  assert.equal(await bob.page.getByText('Hello Bob').count(), 0, 'nothing shows before it is accepted');
  await bob.button('Accept').click();
  await message(bob, 'Hello Bob').waitFor();
  await reaches(alice, 'Hello Bob', 'Read');

  await composer(bob).pressSequentially('Hello', { delay: 20 });
  await alice.page.getByText('typing…').first().waitFor();
  await composer(bob).press('Enter');
  await message(alice, 'Hello').waitFor();
  await alice.page.getByText(/^online/).first().waitFor();

  // Bob looks elsewhere: what comes is counted, and is read when he looks again.
  await bob.button('Settings').click();
  await write(alice, 'Are you there?');
  await write(alice, 'I have news');
  await bob.button('Chats').click();
  await chat(bob, 'alice').getByText('2 unread messages').waitFor();
  await reaches(alice, 'I have news', 'Delivered');
  await chat(bob, 'alice').click();
  await reaches(alice, 'I have news', 'Read');
  await bob.page.getByRole('separator').getByText('New messages').waitFor();
  alice.judge();
  bob.judge();
});

story('everything survives a restart, and the tab comes back by itself', async (world, browser) => {
  const { alice, bob, daemons } = await friends(world, browser);
  await write(alice, 'before the restart');
  await reaches(alice, 'before the restart', 'Read');
  await composer(alice).fill('half a thought');
  const { port } = daemons.alice;
  await daemons.alice.kill();
  await alice.page.getByText('X Chat is not running on this computer.', { exact: false }).first().waitFor();
  assert.equal(await composer(alice).inputValue(), 'half a thought');
  await write(bob, 'while you were away');

  const again = await world.page('default', ['--api-port', String(port)]);
  // The token of the old process is no good any more: the same tab is let in anew.
  await alice.page.goto(again.address);
  await chat(alice, 'bob').click();
  await message(alice, 'while you were away').waitFor();
  await message(alice, 'before the restart').waitFor();
  assert.equal(await composer(alice).inputValue(), 'half a thought', 'what was typed is kept');
  await reaches(bob, 'while you were away', 'Read');
  alice.judge([GONE, /401/]);
  bob.judge();
});

story('a node goes and comes back: what is off is said, and nothing is lost', async (world, browser) => {
  const node = await world.node('127.0.0.1:0');
  const { invitation } = node;
  const daemons = [await world.page('ann'), await world.page('ben')];
  const alice = await begin(browser, daemons[0], 'alice', { invitation });
  const bob = await begin(browser, daemons[1], 'bob', { invitation });
  await find(alice, 'bob');
  await accept(bob, 'alice');
  await write(alice, 'with the node');
  await reaches(alice, 'with the node', 'Read');
  await alice.page.getByText(/connected directly/).first().waitFor();

  await node.kill();
  await alice.page.getByText('The network is out of reach.', { exact: false }).first().waitFor();
  await write(alice, 'without the node');
  await message(bob, 'without the node').waitFor();
  await reaches(alice, 'without the node', 'Read');

  await daemons[1].kill();
  await write(alice, 'for later');
  const address = invitation && (await world.node('127.0.0.1:0'));
  assert.ok(address);
  await alice.page.getByText('The network is out of reach.', { exact: false }).first().waitFor({ state: 'detached' });
  await reaches(alice, 'for later', 'Sent');
  const back = await world.page('ben');
  const returned = await Tab.open(browser, back.address);
  await chat(returned, 'alice').click();
  await message(returned, 'for later').waitFor();
  await message(returned, 'without the node').waitFor();
  assert.equal(await message(returned, 'without the node').count(), 1);
  alice.judge();
});

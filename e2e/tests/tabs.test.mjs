/** Two profiles in two tabs of one window: each stays what it is. */

import { strict as assert } from 'node:assert';

import { Tab } from '../support/browser.mjs';
import { accept, chat, composer, find, message, reaches, write } from '../support/person.mjs';
import { address } from '../support/scenes.mjs';
import { story } from '../support/story.mjs';

/** What a tab keeps to be let in by. */
function token(page) {
  return page.evaluate(() => sessionStorage.getItem('xchat-token'));
}

/** What the daemon of a tab answers to a token. */
function ask(page, secret) {
  return page.evaluate(async (bearer) => {
    const answer = await fetch('/api/profile', { headers: { authorization: `Bearer ${bearer}` } });
    return answer.ok ? (await answer.json()).identity.name : answer.status;
  }, secret);
}

story('two profiles side by side in one browser are two people', async (world, browser) => {
  const node = await world.node();
  const first = await world.member('ann', 'alice', node.invitation);
  const second = await world.member('ben', 'bob', node.invitation);
  const alice = await Tab.open(browser, first.address);
  const bob = await alice.beside(second.address);
  await find(alice, 'bob');
  await accept(bob, 'alice');
  await write(alice, 'from my tab to yours');
  await message(bob, 'from my tab to yours').waitFor();
  await write(bob, 'and back');
  await message(alice, 'and back').waitFor();
  await reaches(alice, 'from my tab to yours', 'Read');

  const tokens = [await token(alice.page), await token(bob.page)];
  assert.notEqual(tokens[0], tokens[1]);
  assert.equal(await ask(alice.page, tokens[0]), 'alice');
  assert.equal(await ask(bob.page, tokens[1]), 'bob');
  assert.equal(await ask(alice.page, tokens[1]), 401, 'the token of the one opens nothing at the other');
  assert.equal(await ask(bob.page, tokens[0]), 401);
  assert.deepEqual(await alice.context.cookies(), [], 'cookies would be shared by all ports');

  await composer(alice).fill('a draft of hers');
  await alice.page.reload();
  await bob.page.reload();
  await chat(alice, 'bob').click();
  await chat(bob, 'alice').click();
  assert.equal(await composer(alice).inputValue(), 'a draft of hers');
  assert.equal(await composer(bob).inputValue(), '', 'and no draft of his');

  for (const tab of [alice, bob]) tab.judge([/status of 401/]);
});

story('two tabs of one profile show the same', async (world, browser) => {
  const node = await world.node();
  const first = await world.member('ann', 'alice', node.invitation);
  const second = await world.member('ben', 'bob', node.invitation);
  const alice = await Tab.open(browser, first.address);
  const bob = await Tab.open(browser, second.address);
  // Each is let in by a code of its own.
  const other = await bob.beside(await address(world, 'ben'));
  assert.notEqual(await token(bob.page), await token(other.page));
  const requests = other.page.getByRole('region', { name: 'Message requests' });
  await find(alice, 'bob');
  await requests.getByText('alice').waitFor();
  await accept(bob, 'alice');
  await requests.waitFor({ state: 'detached' });
  await write(bob, 'Which tab am I in?');
  await chat(other, 'alice').click();
  await message(other, 'Which tab am I in?').waitFor();
  await composer(bob).fill('a draft');
  assert.equal(await composer(other).inputValue(), '', 'a draft belongs to its tab');
  for (const tab of [alice, bob, other]) tab.judge();
});

/** What the safety page says of the directory's proof: block, signatures, nodes, time. */

import { strict as assert } from 'node:assert';

import { Judge } from '../support/axe.mjs';
import { networkOf } from '../support/operators.mjs';
import { acceptFor, begin, chat, find, friends } from '../support/person.mjs';
import { story } from '../support/story.mjs';

/** What stands in the list of facts, by its labels. */
async function facts(tab) {
  await tab.page.locator('main header').getByRole('button', { name: /^Safety number of/ }).click();
  const proof = tab.page.getByRole('region', { name: 'What the network says' });
  await proof.getByRole('definition').last().waitFor();
  const terms = await proof.getByRole('term').allInnerTexts();
  const definitions = await proof.getByRole('definition').allInnerTexts();
  return { proof, facts: Object.fromEntries(terms.map((term, at) => [term, definitions[at].replace(/[\u2068\u2069]/g, '')])) };
}

/** That it is today's, and of a block that there is. */
function isOfToday(seen) {
  assert.match(seen['Block of the directory'], /^[1-9]\d*, of \d+ \w+ \d{4}/);
  assert.match(seen['Checked'], /^\d+ \w+ \d{4}, \d+:\d\d/);
}

story('the safety page says how little a network of one operator can prove', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  // Whoever looks at a chat wants to know who is there: the directory is asked.
  await bob.button('Settings').click();
  const opened = bob.page.waitForResponse((response) => /\/api\/conversations\/\d+\/open$/.test(response.url()));
  await chat(bob, 'alice').click();
  assert.equal((await opened).status(), 200);
  const { proof, facts: seen } = await facts(alice);
  isOfToday(seen);
  assert.equal(seen['Operators who signed it'], '1 of 1');
  assert.equal(seen['Nodes that agree, of those asked'], '1 of 1');
  await proof.getByText(/^Only one node could be asked\./).waitFor();
  alice.judge();
});

story('the safety page says that several operators signed and several nodes agree', async (world, browser) => {
  const [link] = await networkOf(world, 4);
  const alice = await begin(browser, await world.page('alice'), 'alice', { invitation: link });
  // The second node is waited for two seconds: on a busy machine one question in a few is answered by one alone.
  let told;
  for (const name of ['bob', 'carol', 'dave']) {
    await world.member(name, name, link);
    await find(alice, name);
    await acceptFor(world, name, 'alice');
    told = await facts(alice);
    if (/^2 of 2$/.test(told.facts['Nodes that agree, of those asked'])) break;
  }
  const { proof, facts: seen } = told;
  isOfToday(seen);
  assert.match(seen['Operators who signed it'], /^[34] of 4$/);
  assert.match(seen['Nodes that agree, of those asked'], /^2 of 2$/);
  assert.equal(await proof.getByText(/^Only one node/).count(), 0);
  const judge = new Judge();
  await alice.page.setViewportSize({ width: 1200, height: 1400 });
  await judge.look(alice, 'what the network says');
  judge.tell();
  alice.judge();
});

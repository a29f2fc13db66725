/** What others could know, beside what only the two of them can read. */

import { strict as assert } from 'node:assert';

import { Judge } from '../support/axe.mjs';
import { friends, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

story('what nodes could write down stands beside what they can’t see', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  await write(alice, 'Nobody else reads this');
  await alice.button('Settings').click();
  await alice.button('Look').first().click();
  const page = alice.page.getByRole('region', { name: 'What they see' });
  const everybody = page.getByRole('region', { name: 'Everybody' });
  await everybody.getByText('@alice').waitFor();
  const node = page.getByRole('region', { name: /^Node / });
  await node.getByText(/Your inbox: where invitations/).waitFor();
  const chat = node.getByRole('listitem').filter({ hasText: 'Your chat with' });
  await chat.getByText('Nobody else reads this').waitFor();
  assert.match(await chat.innerText(), /envelopes?, .*[0-9]/);
  assert.match(await chat.locator('code').innerText(), /^([0-9a-f]{8} )+/);
  await node.getByText(/Your own name is looked at/).waitFor();
  await judge.look(alice, 'what they see');
  await alice.page.setViewportSize({ width: 360, height: 720 });
  await judge.look(alice, 'what they see, on a narrow page');
  await alice.page.setViewportSize({ width: 1280, height: 800 });

  // One step back are the settings; the palette leads here as well.
  await alice.page.keyboard.press('Escape');
  await alice.page.getByRole('heading', { name: 'Settings', exact: true }).waitFor();
  await alice.page.keyboard.press('Control+k');
  await alice.page.locator('dialog[open]').getByRole('combobox').waitFor();
  await alice.page.keyboard.type('What they');
  await alice.page.keyboard.press('Enter');
  await page.waitFor();
  judge.tell();
  alice.judge();
  bob.judge();
});

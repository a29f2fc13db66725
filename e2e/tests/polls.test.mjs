/** Polls between two people, and answers that are given with one touch. */

import { strict as assert } from 'node:assert';

import { Judge } from '../support/axe.mjs';
import { friends } from '../support/person.mjs';
import { story } from '../support/story.mjs';

const menu = 'What can be done with this chat';

story('a question is asked, voted on by both, and ended', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  await alice.button(menu).click();
  await alice.page.getByRole('menuitem', { name: 'Ask a question…' }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'Ask a question' });
  const send = dialog.getByRole('button', { name: 'Send' });
  await dialog.getByLabel('Question').fill('Where do we meet?');
  await dialog.getByLabel('Choice 1', { exact: true }).fill('At the lake');
  await alice.page.keyboard.press('Enter');
  await alice.page.keyboard.type('At the lake ');
  await dialog.getByRole('alert').filter({ hasText: 'Two choices are the same' }).waitFor();
  assert.ok(await send.isDisabled());
  await dialog.getByLabel('Choice 2', { exact: true }).fill('في المقهى');
  await alice.page.keyboard.press('Enter');
  await alice.page.keyboard.type('Somewhere else');
  await judge.look(alice, 'a poll that is written');

  // A dialog that was closed by mistake has lost nothing.
  await alice.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await alice.button(menu).click();
  await alice.page.getByRole('menuitem', { name: 'Ask a question…' }).click();
  await send.click();
  await dialog.waitFor({ state: 'detached' });

  const choice = (person, name) => person.page.getByRole('article').getByRole('button', { name });
  await choice(bob, /^At the lake/).click();
  await choice(alice, /^At the lake\W*100%\W*chosen by \W*@bob/).waitFor();
  await choice(alice, /^في المقهى/).click();
  await choice(bob, /^في المقهى\W*50%\W*chosen by \W*@alice/).waitFor();
  await bob.page.getByText('2 votes').waitFor();
  await judge.look(bob, 'a poll with votes');
  // Another choice takes the place of the one before.
  await choice(bob, /^Somewhere else/).click();
  await choice(alice, /^Somewhere else\W*50%/).waitFor();
  await choice(alice, /^At the lake\W*0%/).waitFor();

  await alice.page.getByRole('article').last().click({ button: 'right', position: { x: 8, y: 8 } });
  assert.equal(await alice.page.getByRole('menuitem', { name: 'Edit' }).count(), 0);
  await alice.page.getByRole('menuitem', { name: 'End the poll' }).click();
  await alice.page.getByRole('dialog', { name: 'End this poll?' }).getByRole('button', { name: 'End the poll' }).click();
  await bob.page.getByText('This poll is over').waitFor();
  assert.equal(await choice(bob, /^At the lake/).getAttribute('aria-disabled'), 'true');
  // In the list it is told by its question.
  await bob.page.getByText(/Poll: \W*Where do we meet/).first().waitFor();
  judge.tell();
  alice.judge();
  bob.judge();
});

story('an answer that a program offers is given with one touch', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  await world.run('default', ['send', '@bob', 'Tea or coffee?', '--answer', 'Tea', '--answer', 'قهوة']);
  const answers = bob.page.getByRole('group', { name: 'Answers to choose from' });
  await answers.waitFor();
  await judge.look(bob, 'answers that are offered');
  await answers.getByRole('button', { name: 'قهوة' }).click();
  await answers.waitFor({ state: 'detached' });
  await alice.page.getByRole('article').filter({ hasText: 'قهوة' }).last().waitFor();
  judge.tell();
  alice.judge();
  bob.judge();
});

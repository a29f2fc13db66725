/** What people do to messages after they were written: answers, edits, reactions, deletions, forwarding. */

import { strict as assert } from 'node:assert';

import { chat, composer, friends, holds, message, reaches, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

/** Opens the menu of a message as a mouse does. */
async function menu(tab, text) {
  await message(tab, text).first().click({ button: 'right', position: { x: 4, y: 4 } });
  await tab.page.getByRole('menu').waitFor();
}

async function choose(tab, text, item) {
  await menu(tab, text);
  await tab.page.getByRole('menuitem', { name: item }).click();
}

story('two people answer, react, edit, forward and delete', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  await write(alice, 'Lunch at one?');
  await message(bob, 'Lunch at one?').waitFor();

  await choose(bob, 'Lunch at one?', 'Reply');
  await bob.page.getByText(/^Reply to/).waitFor();
  assert.ok(await composer(bob).evaluate((field) => field === document.activeElement), 'one can type at once');
  await write(bob, 'Gladly');
  const answer = alice.page.getByRole('button', { name: /^Answers \W*You\W*Lunch at one\?/ });
  await answer.waitFor();
  await answer.click();
  assert.ok(
    await message(alice, 'Lunch at one?').first().evaluate((it) => it.contains(document.activeElement)),
    'the quote leads to what it quotes',
  );

  await menu(bob, 'Lunch at one?');
  await bob.page.getByRole('menuitemcheckbox', { name: /^React with .*👍/u }).click();
  const given = alice.page.getByRole('button', { name: /👍.*: .*@bob/u });
  await given.waitFor();
  // Whoever clicks on it gives it too.
  await given.click();
  await bob.page.getByRole('button', { name: /👍.*@alice.*@bob|👍.*@bob.*@alice/u }).waitFor();
  await bob.page.getByRole('button', { name: /👍/u, pressed: true }).click();
  await alice.page.getByRole('button', { name: /👍[^b]*@alice[^b]*$/u }).waitFor();

  await choose(alice, 'Lunch at one?', 'Edit');
  assert.equal(await composer(alice).inputValue(), 'Lunch at one?');
  await composer(alice).fill('Lunch at two?');
  await composer(alice).press('Enter');
  await bob.page.getByRole('article', { name: /Lunch at two\?.*edited/ }).waitFor();
  // What was typed before is back.
  await holds(alice, '');
  await bob.page.getByRole('button', { name: /^Answers .*Lunch at two\?/ }).waitFor();
  await choose(bob, 'Gladly', 'Edit');
  await composer(bob).fill('never');
  await composer(bob).press('Escape');
  await holds(bob, '');
  await message(alice, 'Gladly').waitFor();

  await choose(bob, 'Lunch at two?', 'Earlier versions');
  const versions = bob.page.getByRole('dialog', { name: 'Earlier versions' });
  await versions.getByRole('listitem').nth(1).waitFor();
  assert.deepEqual(await versions.getByRole('listitem').locator('p').allInnerTexts(), [
    'Lunch at two?',
    'Lunch at one?',
  ]);
  await bob.page.keyboard.press('Escape');

  await choose(bob, 'Lunch at two?', 'Forward');
  const to = bob.page.getByRole('dialog', { name: 'Forward to' });
  await to.getByRole('button', { name: 'alice' }).click();
  await bob.page.getByText('Forwarded').first().waitFor();
  // The message, its quote, and the copy.
  await message(alice, 'Lunch at two?').nth(2).waitFor();

  await choose(bob, 'Gladly', 'Delete');
  const asked = bob.page.getByRole('dialog', { name: 'Delete this message?' });
  await asked.getByRole('button', { name: 'Delete for everyone' }).click();
  await alice.page.getByText('This message was deleted').first().waitFor();
  await bob.page.getByText('You deleted this message').first().waitFor();
  assert.equal(await alice.page.getByText('Gladly').count(), 0);

  // Here only: it is gone for Alice and stays for Bob, also after a reload.
  await menu(alice, 'This message was deleted');
  assert.equal(await alice.page.getByRole('menuitem', { name: 'Reply' }).count(), 0);
  await alice.page.getByRole('menuitem', { name: 'Delete' }).click();
  await alice.button('Delete here').click();
  await alice.page.getByText('This message was deleted').first().waitFor({ state: 'detached' });
  await alice.page.reload();
  await chat(alice, 'bob').click();
  await alice.page.getByRole('article', { name: /Lunch at two\?.*edited/ }).waitFor();
  assert.equal(await alice.page.getByText('This message was deleted').count(), 0);
  alice.judge();
  bob.judge();
});

story('all of it works by the keyboard, and a draft survives an edit', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  await write(alice, 'first');
  await reaches(alice, 'first', 'Read');
  await composer(alice).fill('');
  await composer(alice).press('Alt+ArrowUp');
  await alice.page.keyboard.press('Shift+F10');
  const open = alice.page.getByRole('menu');
  await open.waitFor();
  await alice.page.keyboard.press('Escape');
  await open.waitFor({ state: 'detached' });
  assert.ok(
    await message(alice, 'first').evaluate((it) => it === document.activeElement),
    'the keyboard is back on the message',
  );
  await alice.page.keyboard.press('Escape');
  await composer(alice).fill('half a thought');
  await choose(alice, 'first', 'Edit');
  await composer(alice).fill('First');
  await composer(alice).press('Enter');
  await message(bob, 'First').waitFor();
  await holds(alice, 'half a thought');

  // From one message to the next, each shows its own text; and what was begun is there again after a look elsewhere.
  await composer(alice).fill('');
  await write(alice, 'second');
  await choose(alice, 'First', 'Edit');
  await holds(alice, 'First');
  await choose(alice, 'second', 'Edit');
  await holds(alice, 'second');
  await composer(alice).fill('Second, at length');
  await alice.page.getByRole('button', { name: 'Settings' }).first().click();
  await chat(alice, 'bob').click();
  await holds(alice, 'Second, at length');
  await composer(alice).press('Enter');
  await message(bob, 'Second, at length').waitFor();
  await message(bob, 'First').waitFor();
  await holds(alice, '');
  alice.judge();
  bob.judge();
});

/** What helps in writing: emojis, links over words, and the way back to what one wrote last. */

import { strict as assert } from 'node:assert';

import { byPalette, Judge } from '../support/axe.mjs';
import { chat, composer, friends, holds, message, reaches, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

const EMOJI = /^(Emoji|رموز تعبيرية)$/;
const open = (tab) => tab.page.locator('form').getByRole('button', { name: EMOJI });
const picker = (tab) => tab.page.getByRole('dialog', { name: EMOJI });
const cells = (tab) => picker(tab).getByRole('gridcell');
const offers = (tab) => tab.page.getByRole('listbox', { name: 'Emojis for what you type' }).getByRole('option');
const focused = (tab) => tab.page.evaluate(() => document.activeElement.getAttribute('aria-label'));

story('an emoji is found by its name, by its code, and among those used last', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const { keyboard } = alice.page;

  // By its name, with the keyboard alone.
  await composer(alice).fill('Good morning ');
  await open(alice).focus();
  await keyboard.press('Enter');
  await cells(alice).first().waitFor();
  assert.equal(await focused(alice), 'Search emojis');
  await keyboard.type('sun behind');
  await picker(alice).getByRole('gridcell', { name: 'sun behind cloud', exact: true }).waitFor();
  await keyboard.press('ArrowDown');
  assert.match(await focused(alice), /^sun behind/);
  await keyboard.press('ArrowRight');
  await keyboard.press('ArrowUp');
  assert.equal(await focused(alice), 'Search emojis');
  await picker(alice).getByRole('gridcell', { name: 'sun behind cloud', exact: true }).click();
  await picker(alice).waitFor({ state: 'detached' });
  await holds(alice, 'Good morning ⛅');
  assert.ok(await composer(alice).evaluate((field) => field === document.activeElement), 'one can go on typing');

  // In a colour of skin, which is kept; several at once, with Shift.
  await open(alice).click();
  await picker(alice).getByRole('radio', { name: 'Medium', exact: true }).check({ force: true });
  await picker(alice).getByRole('tab', { name: 'People' }).click();
  await picker(alice).getByRole('gridcell', { name: 'waving hand', exact: true }).click({ modifiers: ['Shift'] });
  await picker(alice).getByRole('gridcell', { name: 'waving hand', exact: true }).click();
  await holds(alice, 'Good morning ⛅👋🏽👋🏽');
  await composer(alice).press('Enter');
  await message(bob, 'Good morning ⛅👋🏽👋🏽').waitFor();

  // Those used last come first, also after a reload.
  await alice.page.reload();
  await chat(alice, 'bob').click();
  await open(alice).click();
  await picker(alice).getByRole('tab', { name: 'Used last', selected: true }).waitFor();
  assert.deepEqual(await cells(alice).allInnerTexts(), ['👋🏽', '⛅']);
  await keyboard.press('Escape');
  await picker(alice).waitFor({ state: 'detached' });

  // By its code: offered while it is typed, put there when it is closed, and left alone when nobody wants it.
  await composer(alice).focus();
  await keyboard.type('see :smi');
  await offers(alice).first().waitFor();
  assert.equal(await offers(alice).first().getAttribute('aria-selected'), 'true');
  assert.equal(
    await composer(alice).getAttribute('aria-activedescendant'),
    await offers(alice).first().getAttribute('id'),
  );
  await keyboard.press('Enter');
  await holds(alice, 'see 😄 ');
  await keyboard.type(':tada:');
  await holds(alice, 'see 😄 🎉');
  await keyboard.type(' :smi');
  await offers(alice).first().waitFor();
  await keyboard.press('Escape');
  await offers(alice).first().waitFor({ state: 'detached' });
  await keyboard.type(' 12:30');
  await keyboard.press('Enter');
  await message(bob, 'see 😄 🎉 :smi 12:30').waitFor();

  // As a reaction.
  await message(bob, 'see 😄 🎉 :smi 12:30').focus();
  await bob.page.keyboard.press('Shift+F10');
  await bob.page.getByRole('menuitem', { name: 'Another emoji' }).click();
  await cells(bob).first().waitFor();
  await bob.page.keyboard.type('rocket');
  await picker(bob).getByRole('gridcell', { name: 'rocket', exact: true }).waitFor();
  await bob.page.keyboard.press('Enter');
  await alice.page.getByRole('button', { name: /🚀.*@bob/u }).waitFor();
  assert.ok(
    await message(bob, 'see 😄 🎉 :smi 12:30').evaluate((it) => it.contains(document.activeElement)),
    'the keyboard is back on the message',
  );
  alice.judge();
  bob.judge();
});

story('the last own message is changed with one key, and a link is pasted over words', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  await write(alice, 'Read this');
  await reaches(alice, 'Read this', 'Read');
  await write(bob, 'What is it?');
  await message(alice, 'What is it?').waitFor();

  await composer(alice).press('ArrowUp');
  await holds(alice, 'Read this');
  assert.ok(await composer(alice).evaluate((field) => field === document.activeElement));
  await composer(alice).evaluate((field) => field.setSelectionRange(5, 9));
  await alice.page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', 'https://example.org/news');
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  });
  await holds(alice, 'Read [this](https://example.org/news)');
  // The browser's own undo takes it back, and puts it there again.
  await alice.page.keyboard.press('Control+z');
  await holds(alice, 'Read this');
  await alice.page.keyboard.press('Control+Shift+z');
  await composer(alice).press('Enter');
  // Where it leads is shown before it is opened.
  await bob.page.getByRole('article').getByRole('button', { name: 'this', exact: true }).click();
  await bob.page.getByRole('dialog').getByText('https://example.org/news', { exact: true }).waitFor();
  await bob.page.keyboard.press('Escape');

  // Where something is written already, the key moves in it; and whoever has written nothing is led to the messages.
  await composer(alice).fill('a draft');
  await composer(alice).press('ArrowUp');
  await holds(alice, 'a draft');
  await alice.page.getByText('Editing').waitFor({ state: 'detached' });
  await composer(alice).fill('');
  await composer(alice).press('Alt+ArrowUp');
  assert.ok(await message(alice, 'What is it?').evaluate((it) => it === document.activeElement));
  alice.judge();
  bob.judge();
});

story('the picker of emojis and what is offered are for everybody', async (world, browser) => {
  const { alice } = await friends(world, browser);
  const judge = new Judge();
  await judge.look(alice, 'emojis', byPalette, {
    open: async () => {
      await open(alice).click();
      await cells(alice).first().waitFor();
    },
    close: async () => {
      await alice.page.keyboard.press('Escape');
      await picker(alice).waitFor({ state: 'detached' });
    },
  });
  await judge.look(alice, 'emojis for a code', byPalette, {
    open: async () => {
      await composer(alice).or(alice.page.locator('main textarea')).first().fill('');
      await alice.page.keyboard.type(':smi');
      await alice.page.getByRole('option').first().waitFor();
    },
    close: async () => {
      await alice.page.keyboard.press('Escape');
      await alice.page.getByRole('option').first().waitFor({ state: 'detached' });
    },
  });
  judge.tell();

  // In Arabic the grid begins on the right, and so do its arrows.
  await byPalette(alice, 'ar');
  await open(alice).click();
  await cells(alice).first().waitFor();
  await alice.page.keyboard.press('ArrowDown');
  const first = await focused(alice);
  await alice.page.keyboard.press('ArrowLeft');
  assert.notEqual(await focused(alice), first);
  await alice.page.keyboard.press('ArrowRight');
  assert.equal(await focused(alice), first);
  await alice.page.setViewportSize({ width: 360, height: 560 });
  await alice.settle();
  const { x, width } = await picker(alice).boundingBox();
  assert.ok(x >= 0 && x + width <= 360, `the picker fits: ${x}, ${width}`);
  alice.judge();
});

story('people are mentioned by a few letters of their names', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  await composer(alice).pressSequentially('ask @b');
  const offers = alice.page.getByRole('listbox', { name: 'People with names like that' });
  await offers.getByRole('option', { name: /@bob/ }).waitFor();
  await judge.look(alice, 'people whom one may mean');
  await composer(alice).press('o');
  await offers.getByRole('option', { name: /@bob/ }).waitFor();
  await alice.page.keyboard.press('Enter');
  assert.equal(await composer(alice).inputValue(), 'ask @bob ');
  await composer(alice).pressSequentially('or @carol_9');
  await alice.page.keyboard.press('Enter');
  const said = bob.page.getByRole('article').filter({ hasText: 'ask @bob or @carol_9' });
  await said.waitFor();
  // Whoever is not known yet can be written to; oneself is meant, and goes nowhere.
  await said.getByRole('button', { name: '@bob' }).click();
  await said.getByRole('button', { name: '@carol_9' }).click();
  const meets = bob.page.getByRole('dialog', { name: 'New chat' });
  assert.equal(await meets.getByLabel('Username').inputValue(), 'carol_9');
  await bob.page.keyboard.press('Escape');
  await said.getByRole('button', { name: '@carol_9' }).waitFor();
  judge.tell();
  alice.judge();
  bob.judge();
});

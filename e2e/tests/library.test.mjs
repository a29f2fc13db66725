/** The library of GIFs and stickers: filled, searched, sent from, and kept from what comes. */

import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';

import { byPalette, Judge } from '../support/axe.mjs';
import { composer, friends, holds } from '../support/person.mjs';
import { story } from '../support/story.mjs';

const vectors = new URL('../../crates/media/tests/vectors/encoders/', import.meta.url);
const NAMES = /^(GIFs and stickers|صور متحركة وملصقات)$/;
const EMOJI = /^(Emoji|رموز تعبيرية)$/;

/** A file of others' encoders, under a name. */
async function file(vector, name, mimeType) {
  return { name, mimeType, buffer: await readFile(new URL(vector, vectors)) };
}

const sheet = (tab) => tab.page.getByRole('dialog', { name: NAMES });
const pictures = (tab) => sheet(tab).getByRole('listitem').locator('[data-place]');

/** Opens the library from the composer; the page remembers what was looked at last. */
async function open(tab) {
  await tab.page.getByRole('button', { name: EMOJI, exact: true }).click();
  const own = tab.page.getByRole('tab', { name: NAMES });
  if ((await own.getAttribute('aria-selected')) !== 'true') await own.click();
  await sheet(tab).getByRole('searchbox').waitFor();
}

async function add(tab, ...files) {
  const [chosen] = await Promise.all([
    tab.page.waitForEvent('filechooser'),
    sheet(tab).getByRole('button', { name: 'Add pictures' }).click(),
  ]);
  await chosen.setFiles(files);
}

/** What a picture in the library is drawn from. */
const sources = (picture) =>
  picture.locator('img').evaluateAll((all) => all.map((it) => it.src.replace(/^(data|http):.*?([^/]*)$/, '$1 $2').slice(0, 12)));

story('pictures are added, found, sent, kept by who gets them, and removed', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  await open(alice);
  await sheet(alice).getByText('Nothing is kept here yet.').waitFor();
  await alice.page.keyboard.press('Escape');
  await judge.look(alice, 'an empty library', byPalette, {
    open: () => open(alice),
    close: () => alice.page.keyboard.press('Escape'),
  });

  await open(alice);
  await add(
    alice,
    await file('moving.gif', 'Party cat.gif', 'image/gif'),
    await file('photo.webp', 'hills.webp', 'image/webp'),
    { name: 'words.png', mimeType: 'image/png', buffer: Buffer.from('no picture at all') },
  );
  await alice.text('2 pictures are added to your library.').waitFor();
  await alice.text(/One file can’t be kept here/).waitFor();
  await pictures(alice).nth(1).waitFor();
  const gif = sheet(alice).getByRole('button', { name: /^Send .*GIF.*Party cat\.gif/ });
  await gif.waitFor();

  // Words are found by; they are told to nobody, but for what it shows.
  await sheet(alice).getByRole('button', { name: /^Change .*hills\.webp/ }).click();
  await sheet(alice).getByLabel('Tags, with commas between them').fill('sticker, تلال');
  await sheet(alice).getByLabel('What it shows').fill('Hills by the sea');
  await sheet(alice).getByRole('button', { name: 'Add to favourites' }).click();
  await sheet(alice).getByRole('button', { name: 'Save' }).click();
  await pictures(alice).first().waitFor();
  assert.match(await pictures(alice).first().getAttribute('aria-label'), /Hills by the sea.*favourite/);
  await sheet(alice).getByRole('searchbox').fill('تلا');
  await sheet(alice).getByRole('status').getByText('One picture found').waitFor();
  assert.equal(await pictures(alice).count(), 1);
  await sheet(alice).getByRole('searchbox').fill('zebra');
  await sheet(alice).getByText('None of your pictures has these words.').waitFor();
  await sheet(alice).getByRole('searchbox').fill('');
  await alice.page.keyboard.press('Escape');
  await sheet(alice).waitFor({ state: 'detached' });

  // A click sends, and what is written meanwhile stays.
  await composer(alice).fill('a draft');
  await open(alice);
  await pictures(alice).nth(1).waitFor();
  await alice.page.keyboard.press('ArrowDown');
  await alice.page.keyboard.press('ArrowRight');
  await alice.page.keyboard.press('Enter');
  await sheet(alice).waitFor({ state: 'detached' });
  await holds(alice, 'a draft');
  const came = bob.page.getByRole('button', { name: /^Open .*animation\.gif/ });
  await came.waitFor();
  await judge.look(bob, 'a GIF that came');

  // Who gets it keeps it, once.
  const keep = async (tab) => {
    await tab.page.getByRole('article').last().click({ button: 'right', position: { x: 8, y: 8 } });
    await tab.page.getByRole('menuitem', { name: 'Keep in my library' }).click();
  };
  await keep(bob);
  await bob.text('The picture is in your library now.').waitFor();
  await keep(bob);
  await bob.text('It was in your library already.').waitFor();
  await open(bob);
  await pictures(bob).first().waitFor();
  assert.equal(await pictures(bob).count(), 1);

  // Removed, taken back, removed.
  const remove = async () => {
    await sheet(bob).getByRole('button', { name: /^Change / }).first().click();
    await sheet(bob).getByRole('button', { name: 'Remove from the library' }).click();
    await sheet(bob).getByText('Nothing is kept here yet.').waitFor();
  };
  await remove();
  await bob.button('Undo').click();
  await open(bob);
  await pictures(bob).first().waitFor();
  judge.tell();
  // One file was none for it.
  alice.judge([/status of 422/]);
  bob.judge();
});

story('what moves stands still for whoever wants it so, and a picture is dropped in', async (world, browser) => {
  const { alice } = await friends(world, browser);
  const judge = new Judge();
  await world.run('default', ['library', 'add', new URL('moving.gif', vectors).pathname, '--tag', 'party']);
  await open(alice);
  const gif = pictures(alice).first();
  await gif.waitFor();
  await alice.settle();
  assert.deepEqual((await sources(gif)).map((it) => it.split(' ')[0]), ['data']);
  await alice.page.emulateMedia({ reducedMotion: 'no-preference' });
  await gif.locator('img').nth(1).waitFor();
  assert.deepEqual((await sources(gif)).map((it) => it.split(' ')[0]), ['data', 'http']);
  await alice.page.emulateMedia({ reducedMotion: 'reduce' });
  await gif.locator('img').nth(1).waitFor({ state: 'detached' });

  const bytes = [...(await readFile(new URL('photo.png', vectors)))];
  const dropped = await alice.page.evaluateHandle((given) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(given)], 'photo.png', { type: 'image/png' }));
    return data;
  }, bytes);
  await sheet(alice).locator('.pictures').dispatchEvent('drop', { dataTransfer: dropped });
  await alice.text('One picture is added to your library.').waitFor();
  await pictures(alice).nth(1).waitFor();
  await alice.page.keyboard.press('Escape');
  await judge.look(alice, 'the library', byPalette, {
    open: async () => {
      await open(alice);
      await pictures(alice).nth(1).waitFor();
    },
    close: () => alice.page.keyboard.press('Escape'),
  });

  await judge.look(alice, 'the words of a picture', byPalette, {
    open: async () => {
      await open(alice);
      await sheet(alice).locator('.more button').first().click();
      await sheet(alice).getByRole('heading').waitFor();
    },
    close: () => alice.page.keyboard.press('Escape'),
  });

  // In Arabic the arrows go the other way.
  await byPalette(alice, 'ar');
  await open(alice);
  await pictures(alice).nth(1).waitFor();
  await alice.page.keyboard.press('ArrowDown');
  await alice.page.keyboard.press('ArrowLeft');
  assert.equal(await alice.page.evaluate(() => document.activeElement.dataset.place), '1');
  judge.tell();
  alice.judge();
});

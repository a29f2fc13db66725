/** The sheet that tells what the keyboard can do, and the keys that it tells of. */

import { strict as assert } from 'node:assert';

import { byPalette, Judge } from '../support/axe.mjs';
import { composer, friends, holds, message } from '../support/person.mjs';
import { story } from '../support/story.mjs';

const NAMES = /^(Keyboard shortcuts|اختصارات لوحة المفاتيح)$/;
const sheet = (tab) => tab.page.getByRole('dialog', { name: NAMES });

story('the sheet of shortcuts comes by a key and by the palette, and tells the truth', async (world, browser) => {
  const { alice } = await friends(world, browser);
  const { keyboard } = alice.page;

  // Where something is written, the sign is written too; Ctrl with a slash opens the sheet from there.
  await composer(alice).focus();
  await keyboard.type('Really?/');
  await holds(alice, 'Really?/');
  assert.equal(await sheet(alice).count(), 0);
  await keyboard.press('Control+/');
  await sheet(alice).getByText('Search and actions').waitFor();
  await keyboard.press('Escape');
  await sheet(alice).waitFor({ state: 'detached' });
  assert.ok(await composer(alice).evaluate((field) => field === document.activeElement), 'one can go on typing');

  // Among the messages.
  await keyboard.press('Alt+ArrowUp');
  assert.ok(await message(alice, 'So here we are').evaluate((it) => it === document.activeElement));
  await keyboard.press('Shift+?');
  await sheet(alice).waitFor();
  await keyboard.press('Escape');
  await sheet(alice).waitFor({ state: 'detached' });
  assert.ok(await message(alice, 'So here we are').evaluate((it) => it === document.activeElement), 'back on the message');
  await keyboard.press('/');
  const words = alice.page.getByRole('searchbox', { name: 'Words' });
  await words.waitFor();
  await keyboard.press('Escape');
  await words.waitFor({ state: 'detached' });
  await holds(alice, 'Really?/');

  // By the palette.
  await keyboard.press('Control+k');
  await alice.page.getByRole('combobox').fill('shortcuts');
  await keyboard.press('Enter');
  await sheet(alice).waitFor();
  await keyboard.press('Escape');
  await sheet(alice).waitFor({ state: 'detached' });

  const judge = new Judge();
  await judge.look(alice, 'shortcuts', byPalette, {
    open: async () => {
      await keyboard.press('Control+/');
      await sheet(alice).waitFor();
    },
    close: async () => {
      await keyboard.press('Escape');
      await sheet(alice).waitFor({ state: 'detached' });
    },
  });
  judge.tell();

  // In a narrow window it is one column, and all of it can be reached.
  await alice.page.setViewportSize({ width: 360, height: 560 });
  await keyboard.press('Control+/');
  await sheet(alice).waitFor();
  await alice.settle();
  const { x, width } = await sheet(alice).boundingBox();
  assert.ok(x >= 0 && x + width <= 360, `the sheet fits: ${x}, ${width}`);
  assert.equal(await sheet(alice).evaluate((one) => [...one.querySelectorAll('*')].some((it) => it.scrollWidth > 360)), false);
  alice.judge();
});

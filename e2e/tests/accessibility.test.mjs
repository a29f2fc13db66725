/** Every screen, in each theme and language, as axe judges it. */

import { byButton, byPalette, Judge } from '../support/axe.mjs';
import { GONE, REFUSED, Tab } from '../support/browser.mjs';
import { acceptFor, begin, choose, find, message, protect, write } from '../support/person.mjs';
import { story } from '../support/story.mjs';

story('the first minute can be read and used by everybody', async (world, browser) => {
  const judge = new Judge();
  const daemon = await world.page('default');
  const tab = await Tab.open(browser, daemon.address);
  await tab.page.getByRole('heading', { name: 'Talk freely' }).waitFor();
  await judge.look(tab, 'welcome', byButton);
  await tab.button('I have an invitation').click();
  await judge.look(tab, 'invitation', byButton);
  await tab.field('Invitation link').fill('xchat:NOTHING');
  await tab.button('Join').click();
  await tab.page.getByRole('alert').waitFor();
  await judge.look(tab, 'broken invitation', byButton);
  await tab.button('Back').click();
  await tab.button('Start').click();
  await tab.field('Username').fill('ADMIN');
  await tab.page.getByText(/admin\W* is reserved/).waitFor();
  await judge.look(tab, 'name', byButton);
  await choose(tab, 'alice');
  await tab.page.getByRole('heading', { name: 'Your 24 words' }).waitFor();
  await judge.look(tab, 'words', byButton);
  await tab.button('I wrote them down').click();
  await judge.look(tab, 'confirm', byButton);
  await tab.button('Skip for now').click();
  const skip = tab.page.getByRole('dialog', { name: 'Go on without the words?' });
  await skip.getByRole('button', { name: 'Go on without them' }).click();
  await tab.page.getByRole('heading', { name: 'Nobody here yet, except you' }).waitFor();
  await judge.look(tab, 'empty list');
  judge.tell();
  tab.judge([REFUSED]);
});

story('chats can be read and used by everybody', async (world, browser) => {
  const judge = new Judge();
  const daemon = await world.page('default');
  const alice = await begin(browser, daemon, 'alice');
  const { page } = alice;
  const [{ link }] = await world.run('default', ['invite']);
  await world.member('second', 'bob', link);
  await world.member('third', 'carol', link);
  await judge.look(alice, 'new chat', byPalette, {
    open: async () => {
      await page.keyboard.press('Alt+n');
      await page.getByRole('dialog').waitFor();
    },
    close: async () => {
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    },
  });
  await judge.look(alice, 'palette', byPalette, {
    open: async () => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').waitFor();
    },
    close: async () => {
      await page.keyboard.press('Escape');
      await page.getByRole('combobox').waitFor({ state: 'detached' });
    },
  });

  await world.run('third', ['send', '@alice', 'Hello from Carol', '--timeout', '60']);
  const requests = page.getByRole('region', { name: 'Message requests' });
  await requests.getByText('carol').click();
  await page.getByRole('heading', { name: /carol.* wants to write to you/ }).waitFor();
  await judge.look(alice, 'request');

  await find(alice, 'bob');
  await acceptFor(world, 'second', 'alice');
  await write(alice, 'Hello Bob, see https://example.org');
  await world.run('second', ['send', '@alice', 'مرحبا يا أليس', '--timeout', '60']);
  await message(alice, 'مرحبا يا أليس').waitFor();
  await page.getByRole('log', { name: 'Messages' }).waitFor();
  await judge.look(alice, 'conversation');

  await alice.page.getByRole('button', { name: /^Safety number of/ }).click();
  await page.getByRole('list', { name: 'The safety number, twelve groups' }).waitFor();
  await judge.look(alice, 'safety number');
  await page.keyboard.press('Escape');

  await alice.button('Settings').click();
  await page.getByText('This computer runs a node of the network').waitFor();
  await judge.look(alice, 'settings');
  judge.tell();
  alice.judge();
});

story('a locked profile and a lost tab can be read and used by everybody', async (world, browser) => {
  const judge = new Judge();
  const daemon = await world.page('default');
  const alice = await begin(browser, daemon, 'alice');
  await protect(alice, 'correct horse');
  await daemon.stop();
  await alice.page.getByText('X Chat is not running on this computer.', { exact: false }).first().waitFor();
  await judge.look(alice, 'no daemon');
  const again = await world.page('default', ['--api-port', String(daemon.port)]);
  await alice.page.getByRole('heading', { name: 'This tab is not connected to X Chat' }).waitFor();
  await judge.look(alice, 'lost tab', byButton);
  const tab = await Tab.open(browser, again.address);
  await tab.page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  await judge.look(tab, 'unlock', byButton);
  judge.tell();
  alice.judge([GONE]);
});

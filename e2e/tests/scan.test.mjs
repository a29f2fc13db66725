/** A real browser with a camera that sees a code: whom it verifies, whom it doesn't, and whom it lets in. */

import { strict as assert } from 'node:assert';
import { join } from 'node:path';

import { launch, Tab } from '../support/browser.mjs';
import { cameraOf, film } from '../support/camera.mjs';
import { accept, choose, find, write, writeWordsDown } from '../support/person.mjs';
import { address } from '../support/scenes.mjs';
import { story } from '../support/story.mjs';

/** What the API says to a tab. */
function ask(tab, path) {
  return tab.page.evaluate(async (at) => {
    const bearer = sessionStorage.getItem('xchat-token');
    return (await fetch(at, { headers: { authorization: `Bearer ${bearer}` } })).json();
  }, path);
}

/** The code that somebody shows in the chat with another. */
async function shown(tab, peer) {
  const chats = await ask(tab, '/api/conversations');
  const { id } = chats.find((one) => one.peer === peer);
  return (await ask(tab, `/api/conversations/${id}/safety`)).qr;
}

/** Does something in a browser whose camera sees a code. */
async function before(world, qr, act) {
  const path = join(world.folder, 'camera.y4m');
  await film(path, qr);
  const browser = await launch(cameraOf(path));
  try {
    await act(browser);
  } finally {
    await browser.close();
  }
}

/** Scans in the chat with somebody, from a fresh tab. Gives the safety page. */
async function scan(world, browser, profile, peer) {
  const tab = await Tab.open(browser, await address(world, profile), { permissions: ['camera'] });
  await tab.page.getByRole('navigation', { name: 'Chats' }).locator('[data-chat]').filter({ hasText: peer }).click();
  await tab.page.locator('main header').getByRole('button', { name: /^Safety number of/ }).click();
  const page = tab.page.getByRole('region', { name: 'Safety number' });
  await page.getByText('Not verified yet', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Scan theirs' }).click();
  return { tab, page };
}

story('a scanned safety code verifies who showed it, and nobody else', async (world, browser) => {
  const node = await world.node();
  const people = {};
  for (const name of ['alice', 'bob', 'carol']) {
    people[name] = await Tab.open(browser, (await world.member(name, name, node.invitation)).address);
  }
  const { alice, bob, carol } = people;
  for (const [tab, name] of [[bob, 'bob'], [carol, 'carol']]) {
    await find(alice, name);
    await accept(tab, 'alice');
    await write(tab, `I am ${name}`);
    await alice.page.getByRole('article').getByText(`I am ${name}`, { exact: true }).waitFor();
  }

  // Carol holds her own code in front of the camera, in the place of Bob.
  await before(world, await shown(carol, 'alice'), async (window) => {
    const { tab, page } = await scan(world, window, 'alice', 'bob');
    await page.getByRole('alert').filter({ hasText: 'This is somebody else’s code' }).waitFor();
    await tab.page.getByRole('dialog', { name: 'Scan the QR code' }).waitFor({ state: 'detached' });
    await page.getByText('Not verified yet', { exact: true }).waitFor();
    tab.judge([/Failed to load resource: the server responded with a status of \d+/]);
  });
  assert.ok((await ask(alice, '/api/conversations')).every(({ verification }) => verification === 'none'));

  await before(world, await shown(bob, 'alice'), async (window) => {
    const { tab, page } = await scan(world, window, 'alice', 'bob');
    await page.getByText('Verified', { exact: true }).waitFor();
    await page.getByRole('alert').filter({ hasText: /It is the same on both sides\. .*bob\W* is verified now\./ }).waitFor();
    tab.judge();
  });
  const after = (await ask(alice, '/api/conversations')).map(({ peer, verification }) => [peer, verification]);
  assert.deepEqual(after.sort(), [['bob', 'verified'], ['carol', 'none']]);
});

story('an invitation is scanned at the first start', async (world, browser) => {
  const daemon = await world.page('default');
  const host = await Tab.open(browser, daemon.address);
  await host.button('Start').click();
  await choose(host, 'alice');
  await writeWordsDown(host);
  const { qr } = await ask(host, '/api/network');
  const fresh = await world.page('second');
  await before(world, qr, async (window) => {
    const tab = await Tab.open(window, fresh.address, { permissions: ['camera'] });
    await tab.button('I have an invitation').click();
    await tab.button('Scan a QR code').click();
    await choose(tab, 'bob');
    await writeWordsDown(tab);
    await find(tab, 'alice');
    tab.judge();
  });
  await host.page.getByRole('region', { name: 'Message requests' }).getByText('bob').waitFor();
  host.judge();
});

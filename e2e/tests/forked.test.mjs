/** Operators who have shown two truths: a machine and a copy of it, each with names that the other has never seen. */

import { strict as assert } from 'node:assert';
import { cp, readFile } from 'node:fs/promises';

import { byPalette, Judge, sheet } from '../support/axe.mjs';
import { REFUSED, Tab } from '../support/browser.mjs';
import { PATIENCE_MS } from '../support/daemon.mjs';
import { heightOf, planned } from '../support/operators.mjs';
import { begin, find } from '../support/person.mjs';
import { address } from '../support/scenes.mjs';
import { story } from '../support/story.mjs';

/** The line that says so. */
function line(tab) {
  return tab.page.getByRole('status').filter({ hasText: 'The operators of this network have signed two different truths.' });
}

/** The page about it. */
function dialogOf(tab) {
  return tab.page.getByRole('dialog', { name: 'The operators have shown two truths' });
}

/** Somebody takes a name. */
function join(world, link, name) {
  return world.run(name, ['init', '--name', name, '--no-confirm', '--loopback', '--join', link]);
}

/** Looks for somebody whom nobody knows here yet. */
async function seek(tab, name, why) {
  await tab.button('New chat').click();
  const dialog = tab.page.getByRole('dialog', { name: 'New chat' });
  await dialog.getByLabel('Username').fill(name);
  await dialog.getByRole('button', { name: 'Start chat' }).click();
  await dialog.getByRole('alert').filter({ hasText: why }).waitFor();
  await tab.page.keyboard.press('Escape');
}

story('two truths are told, shown, saved and acknowledged', async (world, browser) => {
  const { machines: [machine], file } = await planned(world, 1);
  const link = await machine.start(file);
  const daemon = await world.page('alice');
  const alice = await begin(browser, daemon, 'alice', { invitation: link });
  await machine.stop();
  const copy = `${machine.folder}-copy`;
  await cp(machine.folder, copy, { recursive: true });
  // One truth has Bob and Erin in it,
  await machine.start();
  await join(world, link, 'bob');
  await join(world, link, 'erin');
  await find(alice, 'bob');
  const { height: seen } = await alice.ask('/api/network/directory');
  await machine.stop();
  // and the other, at the same heights, has Carol.
  machine.folder = copy;
  await machine.start();
  await join(world, link, 'carol');
  const end = Date.now() + PATIENCE_MS;
  for (let made = await heightOf(world, file); made < seen; made = await heightOf(world, file)) {
    assert.ok(Date.now() < end, `the copy stands at ${made}, and ${seen} was seen`);
    // A name may take two blocks; the last one comes by itself.
    if (made < seen - 1) await join(world, link, `one_of_${made}`);
  }
  await seek(alice, 'carol', /./);
  await line(alice).waitFor();
  // Nobody new is looked up now, and the dialog says why.
  await seek(alice, 'dave', 'have signed two different truths');

  const late = await Tab.open(browser, await address(world, 'alice'), { acceptDownloads: true });
  await line(late).waitFor();
  const judge = new Judge();
  await judge.look(late, 'the line about two truths');
  const button = late.page.getByRole('status').getByRole('button').first();
  await judge.look(late, 'two truths', byPalette, sheet(late, button));
  await line(late).getByRole('button', { name: 'See what happened' }).press('Enter');
  const dialog = dialogOf(late);
  const [proof, ...others] = await world.run('alice', ['evidence']);
  assert.deepEqual(others, []);
  const block = dialog.getByRole('region', { name: new RegExp(`^Block \\W*${proof.height}\\W*$`) });
  await block.getByText('alpha', { exact: true }).waitFor();
  for (const header of proof.headers) await block.getByText(header, { exact: true }).waitFor();
  const [download] = await Promise.all([
    late.page.waitForEvent('download'),
    block.getByRole('button', { name: 'Save the proof' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), `xchat-evidence-${proof.height}.json`);
  const saved = JSON.parse(await readFile(await download.path(), 'utf8'));
  const { is_acknowledged: _, ...all } = proof;
  assert.deepEqual(saved, all, 'what was saved is what convinces others');

  await late.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await line(late).waitFor();
  await late.page.reload();
  await line(late).getByRole('button', { name: 'See what happened' }).click();
  await dialog.getByRole('button', { name: 'I have seen it' }).click();
  await line(late).waitFor({ state: 'detached' });
  for (const tab of [late, alice]) {
    await tab.page.reload();
    await tab.button('Settings').click();
    const kept = tab.page.getByRole('region', { name: 'Network' });
    await kept.getByRole('button', { name: 'Show' }).click();
    await dialogOf(tab).getByText(proof.headers[0], { exact: true }).waitFor();
    assert.equal(await dialogOf(tab).getByRole('button', { name: 'I have seen it' }).count(), 0);
    assert.equal(await line(tab).count(), 0);
  }
  judge.tell();
  alice.judge([REFUSED]);
  late.judge();
});

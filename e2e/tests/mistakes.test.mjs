/** What goes wrong for people: each says what happened and what to do, and keeps what they typed. */

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { GONE, REFUSED, Tab } from '../support/browser.mjs';
import { acceptFor, acquainted, begin, chat, choose, composer, find, message, protect, reaches, write, writeWordsDown } from '../support/person.mjs';
import { story } from '../support/story.mjs';

/** What is said aloud about a failure. */
function alert(tab, text) {
  return tab.page.getByRole('alert').filter({ hasText: text });
}

story('names that can not be had are told while they are typed', async (world, browser) => {
  const daemon = await world.page('default');
  const tab = await Tab.open(browser, daemon.address);
  await tab.button('Start').click();
  const field = tab.field('Username');
  const take = tab.button('Take this name');
  for (const [name, why] of [
    ['al', /^At least 3 characters/],
    ['a'.repeat(33), /^At most 32 characters/],
    ['al ice', /^Only a to z, digits and _/],
    ['al\u200Bice', /^Only a to z, digits and _/],
    ['\u0430lice', /^Only a to z, digits and _/],
    ['Admin', /admin\W* is reserved\. Try another one/],
  ]) {
    await field.fill(name);
    await tab.page.getByText(why).waitFor();
    assert.ok(await take.isDisabled(), `${name} can't be taken`);
    assert.equal(await field.inputValue(), name, 'it stays as it was typed');
  }
  await choose(tab, 'alice');
  await writeWordsDown(tab);
  tab.judge();
});

story('a name that is taken is told, even when it goes in the last moment', async (world, browser) => {
  const daemon = await world.page('default');
  const alice = await begin(browser, daemon, 'alice');
  const [{ link }] = await world.run('default', ['invite']);
  const second = await world.page('second');
  const bob = await Tab.open(browser, second.address);
  await bob.button('I have an invitation').click();
  await bob.field('Invitation link').fill(link);
  await bob.button('Join').click();
  await bob.field('Username').fill('Alice');
  await bob.page.getByText(/alice\W* is taken\. Try another one/).waitFor();
  assert.ok(await bob.button('Take this name').isDisabled());

  await bob.field('Username').fill('quick_one');
  await bob.page.getByText(/quick_one\W* is free/).waitFor();
  await world.member('third', 'quick_one', link);
  await bob.button('Take this name').click();
  await alert(bob, 'This name is taken').filter({ hasText: 'Try another one' }).waitFor();
  assert.equal(await bob.field('Username').inputValue(), 'quick_one');
  await choose(bob, 'quick_two');
  await writeWordsDown(bob);
  alice.judge();
  bob.judge([REFUSED]);
});

story('a name that nobody has, and my own, begin no chat', async (world, browser) => {
  const daemon = await world.page('default');
  const alice = await begin(browser, daemon, 'alice');
  await alice.button('New chat').click();
  const dialog = alice.page.getByRole('dialog', { name: 'New chat' });
  for (const [name, what, todo] of [
    ['nobody_here', 'Nobody has this name', 'Check the spelling'],
    ['alice', 'That is you', 'Note to myself'],
  ]) {
    await dialog.getByLabel('Username').fill(name);
    await dialog.getByRole('button', { name: 'Start chat' }).click();
    await alert(alice, what).filter({ hasText: todo }).waitFor();
    assert.equal(await dialog.getByLabel('Username').inputValue(), name);
  }
  alice.judge([REFUSED]);
});

story('a broken invitation is told, and can be mended', async (world, browser) => {
  const node = await world.node();
  const daemon = await world.page('ann');
  const tab = await Tab.open(browser, daemon.address);
  await tab.button('I have an invitation').click();
  const field = tab.field('Invitation link');
  for (const link of [node.invitation.slice(0, -3), 'https://example.org/join', node.invitation.replace(/.{9}$/, 'AAAAAAAAA')]) {
    await field.fill(link);
    await tab.button('Join').click();
    await alert(tab, 'This invitation is broken').filter({ hasText: 'Copy it again' }).waitFor();
    assert.equal(await field.inputValue(), link);
  }
  await field.fill(`  ${node.invitation}\n`);
  await tab.button('Join').click();
  await choose(tab, 'ann');
  await writeWordsDown(tab);
  tab.judge([REFUSED]);
});

story('a wrong passphrase opens nothing, and the right one everything', async (world, browser) => {
  const daemon = await world.page('default');
  const alice = await begin(browser, daemon, 'alice');
  await protect(alice, 'correct horse');
  await daemon.stop();
  const again = await world.page('default', ['--api-port', String(daemon.port)]);
  const tab = await Tab.open(browser, again.address);
  await tab.page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  await tab.field('Passphrase').fill('battery staple');
  await tab.button('Unlock').click();
  await alert(tab, 'That is not the passphrase').filter({ hasText: 'Try again' }).waitFor();
  assert.equal(await tab.field('Passphrase').inputValue(), 'battery staple', 'a slip can be mended');
  await tab.field('Passphrase').fill('correct horse');
  await tab.button('Unlock').click();
  await tab.page.getByRole('heading', { name: 'Nobody here yet, except you' }).waitFor();
  alice.judge([GONE]);
  tab.judge([REFUSED]);
});

story('what was being written when X Chat ended is kept', async (world, browser) => {
  const { alice, daemons } = await acquainted(world, browser);
  await write(alice, 'hello');
  await reaches(alice, 'hello', 'Delivered');
  await composer(alice).fill('a long');
  await daemons.alice.kill();
  await alice.page.getByText('X Chat is not running on this computer. Start it again', { exact: false }).waitFor();
  await composer(alice).pressSequentially('er thought');
  assert.equal(await composer(alice).inputValue(), 'a longer thought');

  await composer(alice).press('Enter');
  await alert(alice, 'Not sent; your text is back here.').waitFor();
  assert.equal(await composer(alice).inputValue(), 'a longer thought', 'it comes back');
  assert.equal(await message(alice, 'a longer thought').count(), 0);

  const again = await world.page('default', ['--api-port', String(daemons.alice.port)]);
  // The old token is no good any more, and the tab says how to go on.
  await alice.page.getByRole('heading', { name: 'This tab is not connected to X Chat' }).waitFor();
  await alice.page.goto(again.address);
  await chat(alice, 'bob').click();
  await message(alice, 'hello').waitFor();
  assert.equal(await composer(alice).inputValue(), 'a longer thought', 'it outlives the program');
  await composer(alice).press('Enter');
  await reaches(alice, 'a longer thought', 'Delivered');
  assert.equal(await composer(alice).inputValue(), '');
  alice.judge([GONE]);
});

/** A small disk for a profile, if this machine lets us have one. */
function smallDisk(folder) {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Says what this machine could not test. */
function notTested(test, reason) {
  console.log(`NOT TESTED: ${test}: ${reason}`);
  const file = process.env.XCHAT_NOT_TESTED;
  if (file) appendFileSync(file, `${test}: ${reason}\n`);
}

function fill(file) {
  const open = openSync(file, 'w');
  try {
    for (const block of [1 << 16, 1 << 12, 1]) {
      for (;;) if (writeSync(open, Buffer.alloc(block)) < block) break;
    }
  } catch (error) {
    assert.equal(error.code, 'ENOSPC');
  } finally {
    closeSync(open);
  }
}

story('a full disk is told, the text stays, and goes out when there is room', async (world, browser) => {
  const folder = join(world.folder, 'small');
  if (!smallDisk(folder)) {
    notTested('a full disk on the page', 'This test needs the right to mount a small file system (root).');
    return;
  }
  try {
    const node = await world.node();
    const daemon = await world.member('small', 'alice', node.invitation);
    await world.member('second', 'bob', node.invitation);
    const alice = await Tab.open(browser, daemon.address);
    await find(alice, 'bob');
    await acceptFor(world, 'second', 'alice');
    await write(alice, 'before');
    await reaches(alice, 'before', 'Delivered');

    const filler = join(folder, 'filler');
    fill(filler);
    const long = 'x'.repeat(60_000);
    await composer(alice).fill(long);
    await composer(alice).press('Enter');
    await alice.page.getByText('The disk is full').filter({ visible: true }).first().waitFor();
    await alice.page.getByText(/Free some space/).filter({ visible: true }).first().waitFor();
    await alert(alice, 'Not sent; your text is back here.').waitFor();
    assert.equal(await composer(alice).inputValue(), long, 'it comes back');

    unlinkSync(filler);
    await composer(alice).fill('after');
    await composer(alice).press('Enter');
    await reaches(alice, 'after', 'Delivered');
    alice.judge([REFUSED]);
  } finally {
    execFileSync('umount', ['-l', folder]);
  }
});

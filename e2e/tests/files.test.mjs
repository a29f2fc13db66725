/** Pictures and files between two people: given, sent, shown, looked at, saved. */

import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';

import { Judge } from '../support/axe.mjs';
import { chat, composer, friends } from '../support/person.mjs';
import { story } from '../support/story.mjs';

/** Gives files to the composer as its button does. */
function give(tab, ...files) {
  return tab.page.locator('input[type=file]').first().setInputFiles(files);
}

/** Waits until a picture in the chat is drawn, and gives its size. */
async function drawn(tab, name) {
  const picture = tab.page.getByRole('button', { name: new RegExp(`^Open .*${name}`) }).locator('img.drawn');
  await picture.waitFor();
  return picture.evaluate((it) => [it.naturalWidth, it.naturalHeight]);
}

story('pictures and a file go with a caption, and come whole', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  const shot = await alice.page.screenshot({ clip: { x: 0, y: 0, width: 640, height: 400 } });
  const other = await alice.page.screenshot({ clip: { x: 0, y: 0, width: 300, height: 500 } });
  await give(
    alice,
    { name: 'wide.png', mimeType: 'image/png', buffer: shot },
    { name: 'high.png', mimeType: 'image/png', buffer: other },
  );
  const tray = alice.page.getByRole('region', { name: 'Files to send' });
  await tray.locator('li.ready').nth(1).waitFor();
  await judge.look(alice, 'files that are about to be sent');
  await alice.page.getByLabel('Add a caption').fill('Two **pictures**');
  await alice.page.keyboard.press('Enter');
  await tray.waitFor({ state: 'detached' });
  assert.deepEqual(await drawn(alice, 'wide'), [640, 400]);
  assert.deepEqual(await drawn(bob, 'wide'), [640, 400]);
  assert.deepEqual(await drawn(bob, 'high'), [300, 500]);
  await bob.page.getByText('Two pictures').first().waitFor();

  await bob.page.getByRole('button', { name: /^Open .*wide/ }).click();
  const viewer = bob.page.getByRole('dialog', { name: 'Pictures of this chat' });
  await viewer.getByText('1 of 2').waitFor();
  await judge.look(bob, 'a picture as large as the window');
  await bob.page.keyboard.press('ArrowRight');
  await viewer.getByText('2 of 2').waitFor();
  await bob.page.keyboard.press('+');
  await bob.page.keyboard.press('Escape');
  await viewer.waitFor({ state: 'detached' });

  const words = Buffer.from('every byte of it\n'.repeat(4_000));
  await give(alice, { name: 'notes.txt', mimeType: 'text/plain', buffer: words });
  await tray.locator('li.ready').waitFor();
  await composer(alice).or(alice.page.getByLabel('Add a caption')).first().press('Enter');
  const offered = bob.page.getByRole('button', { name: /^notes\.txt .*Load$/ }).first();
  const here = bob.page.getByRole('button', { name: /^notes\.txt .*Save$/ });
  await offered.or(here).first().waitFor();
  if ((await here.count()) === 0) await offered.click();
  await here.waitFor();
  await judge.look(bob, 'a file in a message');
  const saved = bob.page.waitForEvent('download');
  await here.click();
  const file = await saved;
  assert.equal(file.suggestedFilename(), 'notes.txt');
  assert.ok((await readFile(await file.path())).equals(words));

  // What is taken back is taken back everywhere.
  await alice.page.getByRole('article').last().click({ button: 'right', position: { x: 8, y: 8 } });
  await alice.page.getByRole('menuitem', { name: 'Delete' }).click();
  await alice.button('Delete for everyone').click();
  await here.waitFor({ state: 'detached' });
  judge.tell();
  alice.judge();
  bob.judge();
});

story('a file that was given is taken out again, and one that is refused says why', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  await give(alice, { name: 'wrong.txt', mimeType: 'text/plain', buffer: Buffer.from('not this') });
  const tray = alice.page.getByRole('region', { name: 'Files to send' });
  await tray.locator('li.ready').waitFor();
  await alice.page.getByRole('button', { name: /^Remove \W*wrong\.txt/ }).click();
  await tray.waitFor({ state: 'detached' });
  // A picture that ends in its middle.
  const broken = (await alice.page.screenshot()).subarray(0, 900);
  await give(alice, { name: 'broken.png', mimeType: 'image/png', buffer: broken });
  await alice.page.getByRole('alert').filter({ hasText: /broken\.png/ }).waitFor();
  await alice.page.getByRole('button', { name: /^Remove \W*broken\.png/ }).click();
  await tray.waitFor({ state: 'detached' });
  await composer(alice).fill('only words');
  await composer(alice).press('Enter');
  await bob.page.getByText('only words').first().waitFor();
  alice.judge([/422|413|500/]);
  bob.judge();
});

story('all that a chat holds besides words is in one place', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  const tray = alice.page.getByRole('region', { name: 'Files to send' });
  const send = async (...files) => {
    await give(alice, ...files);
    await tray.locator('li.ready').nth(files.length - 1).waitFor();
    await alice.page.getByLabel('Add a caption').press('Enter');
    await tray.waitFor({ state: 'detached' });
  };
  const shot = (width) => alice.page.screenshot({ clip: { x: 0, y: 0, width, height: 300 } });
  await send(
    { name: 'first.png', mimeType: 'image/png', buffer: await shot(300) },
    { name: 'second.png', mimeType: 'image/png', buffer: await shot(400) },
  );
  await send({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('a few words') });
  await composer(alice).fill('read https://example.org/page');
  await composer(alice).press('Enter');
  await bob.page.getByText('https://example.org/page').first().waitFor();
  await drawn(bob, 'second');

  await bob.button('What can be done with this chat').click();
  await bob.page.getByRole('menuitem', { name: 'Pictures, files and links' }).click();
  const gallery = bob.page.getByRole('dialog', { name: 'Pictures, files and links' });
  await gallery.getByRole('button', { name: /^Open .*first/ }).waitFor();
  await judge.look(bob, 'the pictures of a chat');
  await gallery.getByRole('button', { name: /^Open .*second/ }).click();
  const viewer = bob.page.getByRole('dialog', { name: 'Pictures of this chat' });
  await viewer.getByText('2 of 2').waitFor();
  await bob.page.keyboard.press('ArrowLeft');
  await viewer.getByText('1 of 2').waitFor();
  await bob.page.keyboard.press('Escape');
  await viewer.waitFor({ state: 'detached' });

  await gallery.getByRole('tab', { name: 'Pictures and videos' }).press('ArrowRight');
  await gallery.getByRole('button', { name: /^notes\.txt/ }).waitFor();
  await judge.look(bob, 'the files of a chat');
  await gallery.getByRole('tab', { name: 'Files', exact: true }).press('ArrowRight');
  await gallery.getByText('No voice messages or other sounds here yet.').waitFor();
  await bob.page.keyboard.press('End');
  await gallery.getByRole('button', { name: /example\.org/ }).waitFor();
  await judge.look(bob, 'the links of a chat');

  // What is taken back while one looks goes from here too.
  await gallery.getByRole('tab', { name: 'Files' }).click();
  const file = gallery.getByRole('button', { name: /^notes\.txt/ });
  await file.waitFor();
  await alice.page.getByRole('article').filter({ hasText: 'notes.txt' }).click({ button: 'right', position: { x: 8, y: 8 } });
  await alice.page.getByRole('menuitem', { name: 'Delete' }).click();
  await alice.button('Delete for everyone').click();
  await file.waitFor({ state: 'detached' });
  await gallery.getByText('No files here yet.').waitFor();

  await gallery.getByRole('tab', { name: 'Links' }).click();
  await gallery.getByRole('button', { name: /example\.org/ }).click();
  await gallery.waitFor({ state: 'detached' });
  await bob.page.getByText('https://example.org/page').first().waitFor();
  judge.tell();
  alice.judge();
  bob.judge();
});

/** Draws a film of two seconds, and records it as a browser does. */
function drawnFilm(tab) {
  return tab.page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 180];
    const context = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' });
    const pieces = [];
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    const stopped = new Promise((done) => (recorder.onstop = done));
    recorder.start();
    for (let frame = 0; frame < 50; frame += 1) {
      context.fillStyle = `hsl(${frame * 7} 80% 50%)`;
      context.fillRect(0, 0, 320, 180);
      await new Promise((drawn) => requestAnimationFrame(drawn));
      await new Promise((later) => setTimeout(later, 30));
    }
    recorder.stop();
    await stopped;
    const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  });
}

story('a film plays as soon as somebody asks for it', async (world, browser) => {
  const { alice, bob } = await friends(world, browser);
  const judge = new Judge();
  await bob.button('Settings').click();
  await bob.page.getByRole('region', { name: 'Storage' }).getByLabel('Videos').selectOption('Never');
  await chat(bob, 'alice').first().click();
  await give(alice, { name: 'hues.webm', mimeType: 'video/webm', buffer: Buffer.from(await drawnFilm(alice), 'base64') });
  const tray = alice.page.getByRole('region', { name: 'Files to send' });
  await tray.locator('li.ready').waitFor();
  await alice.page.getByLabel('Add a caption').press('Enter');
  const film = bob.page.getByRole('button', { name: /^Play: Video, 0:02: hues\.webm/ });
  await film.waitFor();
  await judge.look(bob, 'a film that has not come');
  await film.click();
  const viewer = bob.page.getByRole('dialog', { name: 'Pictures of this chat' });
  await bob.page.waitForFunction(() => {
    const video = document.querySelector('dialog video');
    return video !== null && video.currentTime > 0 && video.videoWidth === 320;
  });
  assert.equal(await viewer.getByRole('alert').count(), 0);
  await judge.look(bob, 'a film that plays');
  await bob.page.keyboard.press('Escape');
  await viewer.waitFor({ state: 'detached' });
  await bob.page.getByRole('button', { name: /^Open .*hues\.webm/ }).waitFor();
  judge.tell();
  alice.judge();
  bob.judge();
});

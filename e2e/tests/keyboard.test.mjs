/** Everything with the keyboard alone. After the page is open, nothing else touches it. */

import { strict as assert } from 'node:assert';

import { Tab } from '../support/browser.mjs';
import { acceptFor, message, reaches } from '../support/person.mjs';
import { story } from '../support/story.mjs';

/** More stops than any screen has. */
const STOPS_MAX = 60;
/** The keyboard is put somewhere when an answer has come. */
const PUT_MS = 20_000;

/** How an element, what is in it and what is around it look: the focus has to change something of that. */
function looks(element) {
  const around = [element.parentElement, element.parentElement?.parentElement].filter(Boolean);
  // A choice is drawn by the label beside its hidden button.
  const parts = [element, ...element.children, ...around, element.nextElementSibling].filter(Boolean);
  const looksOf = (one, pseudo) => {
    const { outlineStyle, outlineWidth, outlineColor, borderColor, boxShadow, backgroundColor } = getComputedStyle(one, pseudo);
    return [outlineStyle === 'none' ? '' : outlineWidth + outlineColor, borderColor, boxShadow, backgroundColor].join(' ');
  };
  return parts.flatMap((one) => [null, '::before', '::after'].map((pseudo) => looksOf(one, pseudo))).join('\n');
}

/** Where the keyboard is, as it is called. */
function here(page) {
  return page.evaluate(() => {
    const one = document.activeElement;
    const label = one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent;
    return label.replace(/[\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
  });
}

class Keyboard {
  constructor(tab) {
    this.tab = tab;
    this.page = tab.page;
  }

  press(...keys) {
    return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
  }

  type(text) {
    return this.page.keyboard.type(text);
  }

  /** One stop further; the one that is left must have shown that it was the one. */
  async step(key = 'Tab') {
    const left = await this.page.evaluateHandle(() => document.activeElement);
    const isStop = await left.evaluate((one) => one.tabIndex >= 0);
    const name = await here(this.page);
    await this.tab.settle();
    const focused = await left.evaluate(looks);
    await this.press(key);
    await this.tab.settle();
    const moved = await left.evaluate((one) => one !== document.activeElement && one.isConnected);
    if (isStop && moved) assert.ok((await left.evaluate(looks)) !== focused, `one sees that the focus is on “${name}”`);
  }

  /** Goes on until the keyboard is at something with this name. */
  async to(name) {
    const passed = [];
    for (let stop = 0; stop < STOPS_MAX; stop += 1) {
      const at = await here(this.page);
      if (typeof name === 'string' ? at === name : name.test(at)) return;
      passed.push(at);
      await this.step();
    }
    assert.fail(`no way leads to ${name}; passed: ${passed.join(', ')}`);
  }

  /** Waits until the keyboard is put somewhere. */
  async waitsAt(name) {
    for (const end = Date.now() + PUT_MS; !(await here(this.page)).startsWith(name); ) {
      if (Date.now() > end) assert.fail(`the keyboard is at “${await here(this.page)}” and not at “${name}”`);
      await this.page.evaluate(() => new Promise(requestAnimationFrame));
    }
  }
}

/** From the address to the empty chat list. */
async function firstMinute(tab, keyboard, name) {
  await tab.page.getByRole('heading', { name: 'Talk freely' }).waitFor();
  await keyboard.to('I have an invitation');
  await keyboard.press('Enter');
  await keyboard.waitsAt('Invitation link');
  await keyboard.press('Shift+Tab');
  await keyboard.to('Back');
  await keyboard.press('Enter');
  await tab.page.getByRole('heading', { name: 'Talk freely' }).waitFor();
  await keyboard.to('Start');
  await keyboard.press('Enter');
  await keyboard.waitsAt('Username');
  await keyboard.type(name);
  await tab.page.getByText(new RegExp(`${name}\\W* is free`)).waitFor();
  await keyboard.press('Enter');

  await tab.page.getByRole('heading', { name: 'Your 24 words' }).waitFor();
  const words = await tab.page.getByRole('listitem').allInnerTexts();
  await keyboard.to('Skip for now');
  await keyboard.press('Enter');
  await tab.page.getByRole('dialog', { name: 'Go on without the words?' }).waitFor();
  await keyboard.press('Escape');
  await tab.page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await here(tab.page), 'Skip for now', 'one is back where one was');
  await keyboard.to('I wrote them down');
  await keyboard.press('Enter');
  await tab.page.getByRole('heading', { name: 'Three of them, to be sure' }).waitFor();
  for (let field = 0; field < 3; field += 1) {
    if (field > 0) await keyboard.step();
    await keyboard.to(/^Word \d+$/);
    const number = Number(/\d+/.exec(await here(tab.page))[0]);
    await keyboard.type(words[number - 1].replace(/[^a-z]/g, ''));
  }
  await keyboard.press('Enter');
  await tab.page.getByRole('heading', { name: 'Nobody here yet, except you' }).waitFor();
}

story('the first minute and a chat need no mouse', async (world, browser) => {
  const daemon = await world.page('default');
  const tab = await Tab.open(browser, daemon.address);
  const keyboard = new Keyboard(tab);
  await firstMinute(tab, keyboard, 'alice');

  await keyboard.to(/^Find somebody/);
  await keyboard.press('Enter');
  await keyboard.waitsAt('Username');
  await keyboard.press('Escape');
  await keyboard.waitsAt('Find somebody');
  const [{ link }] = await world.run('default', ['invite']);
  await world.member('second', 'bob', link);

  await keyboard.press('Control+k');
  await keyboard.waitsAt('Go to a chat or do something');
  await keyboard.type('bob');
  await tab.page.getByRole('option', { name: /Write to .*bob/ }).waitFor();
  await keyboard.press('Enter');
  await keyboard.waitsAt('Username');
  await keyboard.press('Enter');
  await keyboard.waitsAt('Message to');
  await keyboard.type('One');
  await keyboard.press('Shift+Enter');
  await keyboard.type('Two');
  await keyboard.press('Enter');
  await message(tab, 'One\nTwo').waitFor();
  await acceptFor(world, 'second', 'alice');
  await world.run('second', ['send', '@alice', 'Three', '--timeout', '60']);
  await message(tab, 'Three').waitFor();
  await keyboard.type('Four');
  await keyboard.press('Enter');
  await reaches(tab, 'Four', 'Delivered');

  // Up into the messages, the whole story of one, and back to where one writes.
  await keyboard.press('Alt+ArrowUp');
  await keyboard.waitsAt('You');
  await keyboard.press('ArrowUp');
  await keyboard.waitsAt('bob');
  await keyboard.press('ArrowDown', 'Enter');
  const told = tab.page.getByText('It is on all devices of', { exact: false });
  await told.waitFor();
  await keyboard.press('Escape');
  await told.waitFor({ state: 'detached' });
  await keyboard.waitsAt('You');
  await keyboard.press('Escape');
  await keyboard.waitsAt('Message to');

  // The palette knows what can be done; the arrows go through the list.
  await keyboard.press('Control+k');
  await keyboard.waitsAt('Go to a chat or do something');
  await keyboard.type('note');
  await keyboard.press('Enter');
  await keyboard.waitsAt('Write a note');
  await keyboard.type('milk');
  await keyboard.press('Enter');
  await message(tab, 'milk').waitFor();
  await keyboard.to('Search chats');
  await keyboard.press('ArrowDown');
  assert.match(await here(tab.page), /Note to myself/);
  await keyboard.press('ArrowDown');
  assert.match(await here(tab.page), /bob/);
  await keyboard.press('Home', 'ArrowUp');
  assert.equal(await here(tab.page), 'Search chats');
  await keyboard.press('ArrowDown', 'End', 'Enter');
  await keyboard.waitsAt('Message to');

  // The safety number opens and closes, and so do the settings.
  await keyboard.to(/^Safety number of/);
  await keyboard.press('Enter');
  await tab.page.getByRole('region', { name: 'Safety number' }).waitFor();
  await keyboard.to('They are the same');
  await keyboard.press('Enter');
  await tab.page.getByText('You compared the numbers.', { exact: false }).waitFor();
  await keyboard.press('Escape');
  await tab.page.getByRole('region', { name: 'Safety number' }).waitFor({ state: 'detached' });
  await keyboard.to('Settings');
  await keyboard.press('Enter');
  await keyboard.to('Set a passphrase');
  await keyboard.press('Enter');
  await keyboard.waitsAt('New passphrase');
  await keyboard.press('Escape');
  await tab.page.getByRole('dialog').waitFor({ state: 'detached' });
  await keyboard.press('Escape');
  await tab.page.getByRole('region', { name: 'Settings' }).waitFor({ state: 'detached' });
  tab.judge();
});

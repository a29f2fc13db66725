/** What the pictures of the README show: two people who plan an evening, in two languages. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Tab } from './browser.mjs';
import { acceptFor, find, message } from './person.mjs';

/** The morning on which the pictures are taken. */
const MORNING_MS = Date.UTC(2026, 2, 21, 8, 0);
const MINUTE_MS = 60_000;
const NOW_MS = MORNING_MS + 42 * MINUTE_MS;

/** Who says what, and at which minute. */
const TALK = [
  ['noor', 5, 'صباح الخير يا ليلى! هل ما زال موعدنا مساء اليوم؟'],
  ['layla', 7, 'صباح النور. نعم، عند السابعة قرب المكتبة القديمة.'],
  ['noor', 9, 'Sam is coming along. He doesn’t speak Arabic yet, so half of the evening will be in English.'],
  ['layla', 21, 'The more the merrier. Does he know the way?'],
  ['layla', 21, 'If not, we can meet at the station and walk.'],
  ['noor', 24, 'Good idea. 18:45 at the north exit, platform 3 side.'],
  ['noor', 26, 'المحطة أمس، عند الغروب', { picture: true }],
  ['layla', 28, 'اتفقنا، إلى اللقاء.'],
  ['layla', 40, 'And after the reading?', { choices: ['Dinner by the river', 'The late film', 'Tea, and home early'] }],
];

/** An evening, as a browser paints it. */
const EVENING = `(async () => {
  const canvas = new OffscreenCanvas(1200, 760);
  const paint = canvas.getContext('2d');
  const fill = (x, y, width, height, ...stops) => {
    const sweep = paint.createLinearGradient(0, y, 0, y + height);
    stops.forEach((colour, at) => sweep.addColorStop(at / (stops.length - 1), colour));
    paint.fillStyle = sweep;
    paint.fillRect(x, y, width, height);
  };
  fill(0, 0, 1200, 560, '#1d2b53', '#5b4b8a', '#d9737a', '#f6b26b', '#fde3a7');
  const sun = paint.createRadialGradient(840, 470, 10, 840, 470, 260);
  sun.addColorStop(0, '#fff6d8');
  sun.addColorStop(0.2, '#ffe09a');
  sun.addColorStop(1, 'rgba(255, 200, 120, 0)');
  paint.fillStyle = sun;
  paint.fillRect(500, 180, 700, 400);
  let x = -20;
  for (let house = 0; x < 1200; house += 1) {
    const width = 60 + ((house * 53) % 90);
    const height = 90 + ((house * 97) % 170);
    fill(x, 560 - height, width, height + 4, '#2a2440', '#1a1730');
    paint.fillStyle = '#f8d48a';
    for (let light = 0; light < 9; light += 1) {
      if ((house * 7 + light * 5) % 4 === 0) paint.fillRect(x + 10 + (light % 3) * 18, 560 - height + 14 + Math.floor(light / 3) * 26, 8, 11);
    }
    x += width + 6;
  }
  fill(0, 560, 1200, 200, '#3b3157', '#15132a');
  paint.strokeStyle = 'rgba(248, 212, 138, 0.55)';
  paint.lineWidth = 5;
  for (const from of [520, 680]) {
    paint.beginPath();
    paint.moveTo(600 + (from - 600) * 0.12, 562);
    paint.lineTo(600 + (from - 600) * 6, 760);
    paint.stroke();
  }
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
})()`;

/** The latest last, as the list has it on top. */
const OTHERS = [
  ['omar', 2, 'أرسلت لك الصور، أخبريني برأيك.'],
  ['sam', 12, 'See you tonight, and thank you for asking me.'],
];

/** The world of the pictures. Gives the running profile of @layla. */
export async function stage(world, browser) {
  const node = await world.node();
  const layla = await world.member('layla', 'layla', node.invitation);
  const noor = await world.member('noor', 'noor', node.invitation);
  await Promise.all(OTHERS.map(([name]) => world.member(name, name, node.invitation)));
  const tab = await open(browser, layla.address);
  for (const [name, , text] of OTHERS) {
    await find(tab, name);
    await acceptFor(world, name, 'layla');
    await world.run(name, ['send', '@layla', text, '--timeout', '60']);
    await message(tab, text).waitFor();
  }
  await find(tab, 'noor');
  await acceptFor(world, 'noor', 'layla');
  const picture = join(world.folder, 'evening.jpg');
  await writeFile(picture, Buffer.from(await tab.page.evaluate(EVENING), 'base64'));
  for (const [name, , text, more = {}] of TALK) {
    const whom = name === 'layla' ? '@noor' : '@layla';
    const sent = more.choices === undefined ? ['send', whom, text] : ['poll', 'ask', whom, text, ...more.choices];
    const file = more.picture === true ? ['--file', picture] : [];
    await world.run(name, [...sent, ...file, '--timeout', '60']);
    await tab.page.getByText(text).last().waitFor();
  }
  const read = await world.run('noor', ['read', '@layla', '--timeout', '60']);
  const asked = read.find((one) => one.poll !== null && one.poll !== undefined);
  await world.run('noor', ['poll', 'vote', String(asked.row), '3', '--timeout', '60']);
  await tab.context.close();
  return { layla, noor };
}

/** A fresh address of a running profile. */
export async function address(world, profile) {
  const [{ port, code }] = await world.run(profile, ['open']);
  return `http://127.0.0.1:${port}/#${code}`;
}

/** A tab on that morning, in a language, a theme and a size. */
export async function open(browser, at, { lang = 'en', theme = 'light', width = 1200, height = 800 } = {}) {
  const options = {
    locale: lang === 'ar' ? 'ar-EG' : 'en-GB',
    timezoneId: 'Africa/Cairo',
    colorScheme: theme,
    viewport: { width, height },
  };
  return Tab.open(browser, at, options, async (page) => {
    await page.clock.setFixedTime(NOW_MS);
    await page.route(/\/api\/(conversations|exposure)/, timed);
  });
}

/** The times of the pictures don't depend on when they are taken; nothing else of an answer changes. */
async function timed(route) {
  try {
    await retimed(route);
  } catch (error) {
    // A page that was closed waits for no answer.
    if (!/disposed|closed/.test(String(error))) throw error;
  }
}

async function retimed(route) {
  if (route.request().method() !== 'GET') return route.continue();
  const response = await route.fetch();
  const text = await response.text();
  const minutes = new Map([...TALK, ...OTHERS].map(([, minute, said]) => [said, minute]));
  const told = ['since_ms', 'last_ms', 'at_ms'];
  const then = (key, value) =>
    route.request().url().endsWith('/api/exposure') && told.includes(key) && value > 0 ? NOW_MS - MINUTE_MS : said(value);
  const said = (value) =>
    value !== null && typeof value === 'object' && minutes.has(value.poll?.question ?? value.text)
      ? { ...value, sent_ms: MORNING_MS + minutes.get(value.poll?.question ?? value.text) * MINUTE_MS }
      : value;
  return route.fulfill({ response, body: response.ok() ? JSON.stringify(JSON.parse(text, then)) : text });
}

/** Opens the chat with @noor and waits for all of it. */
export async function talk(tab) {
  await tab.page.locator('[data-chat]').filter({ hasText: 'noor' }).click();
  await tab.page.getByText(TALK.at(-1)[2]).last().waitFor();
  await tab.page.locator('img.drawn').first().waitFor();
  await tab.settle();
}

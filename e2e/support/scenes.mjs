/** What the pictures of the README show: two people who plan an evening, in two languages. */

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
  ['noor', 8, 'ممتاز، سأحضر معي نسخة الكتاب.'],
  ['noor', 9, 'Sam is coming along. He doesn’t speak Arabic yet, so half of the evening will be in English.'],
  ['layla', 21, 'The more the merrier. Does he know the way?'],
  ['layla', 21, 'If not, we can meet at the station and walk.'],
  ['noor', 24, 'Good idea. 18:45 at the north exit, platform 3 side.'],
  ['layla', 26, 'اتفقنا 👍'],
  ['noor', 40, 'هل قرأت الفصل الأخير؟ النهاية فاجأتني كثيرًا.'],
  ['layla', 41, 'Not a word about the ending! I have twenty pages left.'],
];

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
  for (const [name, , text] of TALK) {
    await world.run(name, ['send', name === 'layla' ? '@noor' : '@layla', text, '--timeout', '60']);
    await message(tab, text).last().waitFor();
  }
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
    await page.route(/\/api\/conversations/, timed);
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
  const then = (key, value) =>
    value !== null && typeof value === 'object' && minutes.has(value.text)
      ? { ...value, sent_ms: MORNING_MS + minutes.get(value.text) * MINUTE_MS }
      : value;
  return route.fulfill({ response, body: response.ok() ? JSON.stringify(JSON.parse(text, then)) : text });
}

/** Opens the chat with @noor and waits for all of it. */
export async function talk(tab) {
  await tab.page.locator('[data-chat]').filter({ hasText: 'noor' }).click();
  await message(tab, TALK.at(-1)[2]).waitFor();
  await tab.settle();
}

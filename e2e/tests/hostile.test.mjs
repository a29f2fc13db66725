/** What strangers write, and what strange pages try: it stays where it belongs. */

import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { createServer, request } from 'node:http';

import { launch, REFUSED } from '../support/browser.mjs';
import { acquainted, begin, composer } from '../support/person.mjs';
import { story } from '../support/story.mjs';

/** What is sent, and what of it is to be seen when that is something else. */
const HOSTILE = [
  { text: '<script>window.hacked = 1</script>' },
  { text: '<img src="http://192.0.2.1/x.png" onerror="window.hacked = 2">' },
  { text: '<svg onload="window.hacked = 3"><animate onbegin="window.hacked = 4" attributeName="x" dur="1s"/></svg>' },
  { text: '</span></div></article><style>* { display: none }</style>' },
  { text: '<iframe src="http://192.0.2.1/" srcdoc="<script>parent.hacked = 5</script>"></iframe>' },
  { text: '{@html "<b>bold</b>"} ${window.hacked = 6} {{7*7}}' },
  { text: '[a](javascript:window.hacked=7) javascript:window.hacked=8' },
  { text: 'data:text/html,<script>opener.hacked=9</script>' },
  { text: 'user:\u202Egnp.exe is turned \u202Ereport\u2066 and never ended \u2067\u2068\u202B' },
  { text: '\u200B\u200C\u200D\u2060\uFEFF', shown: 'A message without any visible letter' },
  { text: '\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u0008\u0008\u0008 \u009b5mblink', shown: '[31mred[0m ]0;title  5mblink' },
  { text: `Z${'\u0310\u0325'.repeat(4000)} tower` },
  { text: '\u{12019}\uFDFD'.repeat(60) },
  { text: 'W'.repeat(64 * 1024), long: true },
  { text: '\u05D0\u202E\u2067'.repeat(8 * 1024), long: true },
  { text: `up${'\n'.repeat(30_000)}down`, long: true },
  { text: 'http://a.example/'.repeat(3_000), long: true },
];

/** Where everything is that no message may move. */
function frame(page) {
  return page.evaluate(() => {
    const box = (selector) => {
      const { x, y, width, height } = document.querySelector(selector).getBoundingClientRect();
      return [x, y, width, height];
    };
    return {
      header: box('main header'),
      composer: box('main form'),
      list: box('nav[aria-label="Chats"]'),
      rail: box('nav[aria-label="Main"]'),
      timeline: box('[role="log"]'),
    };
  });
}

/** The newest message that is drawn: its row, its text, and what sticks out of where it belongs. */
function newest(page) {
  return page.evaluate(() => {
    const article = [...document.querySelectorAll('article')].at(-1);
    const log = document.querySelector('[role="log"]');
    const bubble = article.querySelector('.bubble').getBoundingClientRect();
    const bounds = log.getBoundingClientRect();
    const clock = article.querySelector('time').firstChild;
    const at = (start) => {
      const range = document.createRange();
      range.setStart(clock, start);
      range.setEnd(clock, start + 1);
      return range.getBoundingClientRect().left;
    };
    return {
      row: Number(article.dataset.message),
      text: article.querySelector('.text, .blank').textContent,
      isInside: bubble.left >= bounds.left && bubble.right <= bounds.right,
      scrollsSideways: [log, document.scrollingElement].some((one) => one.scrollWidth > one.clientWidth),
      clockIsTurned: at(0) > at(clock.length - 1),
      links: [...article.querySelectorAll('[href], [src], [style]')].map((one) => one.outerHTML.slice(0, 200)),
    };
  });
}

story('hostile text is shown as text, and nothing around it moves', async (world, browser) => {
  const { alice } = await acquainted(world, browser);
  const { page } = alice;
  const dialogs = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const send = async (text) => {
    const before = await page.evaluate(() => Number([...document.querySelectorAll('article')].at(-1)?.dataset.message ?? -1));
    await world.run('second', ['send', '@alice', '-', '--timeout', '60'], text);
    await page.waitForFunction(
      (row) => Number([...document.querySelectorAll('article')].at(-1)?.dataset.message ?? -1) > row,
      before,
    );
  };
  await send('So here we are');
  const place = await frame(page);
  for (const { text, shown = text, long } of HOSTILE) {
    const what = JSON.stringify(text.slice(0, 60));
    await send(text);
    const seen = await newest(page);
    if (long !== true && !text.startsWith('Z')) assert.equal(seen.text, shown, `${what} reads as it was written`);
    assert.ok(seen.isInside, `${what} stays inside the timeline`);
    assert.ok(!seen.scrollsSideways, `${what} makes nothing scroll sideways`);
    assert.ok(!seen.clockIsTurned, `${what} leaves the time beside it alone`);
    for (const link of seen.links) assert.match(link, /^<a [^>]*href="https?:/, `${what} makes no other links`);
    assert.deepEqual(await frame(page), place, `${what} moves nothing`);
    if (long === true) {
      await alice.button('Show all').last().click();
      await alice.button('Show less').last().waitFor();
      const whole = await newest(page);
      assert.ok(whole.isInside && !whole.scrollsSideways, `${what} stays inside when it is shown whole`);
      assert.deepEqual(await frame(page), place, `${what} moves nothing when it is shown whole`);
      await alice.button('Show less').last().click();
    }
    const asked = performance.now();
    await composer(alice).pressSequentially('quick');
    assert.equal(await composer(alice).inputValue(), 'quick');
    assert.ok(performance.now() - asked < 2_000, `${what} doesn't hold up who writes`);
    await composer(alice).fill('');
  }
  const titled = await page.title();
  assert.doesNotMatch(titled, /hacked|title/);
  assert.equal(await page.evaluate(() => window.hacked), undefined, 'no script of a message ran');
  assert.deepEqual(dialogs, []);
  alice.judge();
});

story('an address that looks like another says where it leads before it opens', async (world, browser) => {
  const { alice } = await acquainted(world, browser);
  for (const text of ['https://p\u0430yp\u0430l.example/login', 'https://bank.example@evil.example/']) {
    await world.run('second', ['send', '@alice', '-', '--timeout', '60'], `See ${text}`);
    await alice.page.getByRole('article').last().getByText('example').last().click();
    const dialog = alice.page.getByRole('dialog', { name: 'Open this address?' });
    await dialog.getByText(/^(xn--|evil\.example)/).waitFor();
    const link = dialog.getByRole('link', { name: 'Open' });
    assert.match(await link.getAttribute('rel'), /noopener/);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  }
  alice.judge();
});

/** What a page from elsewhere gets out of an interface. */
async function attack({ origin, code }) {
  const answer = (promise) => promise.then((response) => `${response.type} ${response.status}`, () => 'refused');
  const json = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ code });
  const loaded = (name, attributes) =>
    new Promise((tell) => {
      const element = Object.assign(document.createElement(name), attributes);
      element.onload = () => tell('loaded');
      element.onerror = () => tell('refused');
      document.body.append(element);
    });
  const listened = new Promise((tell) => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/events`);
    socket.onopen = () => tell('open');
    socket.onclose = () => tell('refused');
  });
  return {
    read: await answer(fetch(`${origin}/api/profile`)),
    document: await answer(fetch(`${origin}/api/openapi.json`)),
    session: await answer(fetch(`${origin}/api/session`, { method: 'POST', headers: json, body })),
    blindly: await answer(fetch(`${origin}/api/session`, { method: 'POST', mode: 'no-cors', body })),
    icon: await loaded('img', { src: `${origin}/assets/icon.svg` }),
    script: await loaded('script', { src: `${origin}/api/openapi.json` }),
    socket: await listened,
  };
}

story('a page from elsewhere can neither ask, nor listen, nor frame', async (world, browser) => {
  const daemon = await world.page('default');
  const origin = new URL(daemon.address).origin;
  const elsewhere = createServer((_, response) =>
    response.setHeader('Content-Type', 'text/html').end(`<title>Elsewhere</title><iframe src="${origin}/"></iframe>`),
  ).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${elsewhere.address().port}/`);
    assert.ok(!page.frames().some((frame) => frame.url().startsWith(origin)), 'it is in no frame');
    const code = new URL(daemon.address).hash.slice(1);
    assert.deepEqual(await page.evaluate(attack, { origin, code }), {
      read: 'refused',
      document: 'refused',
      session: 'refused',
      blindly: 'refused',
      icon: 'refused',
      script: 'refused',
      socket: 'refused',
    });
  } finally {
    elsewhere.close();
  }
  // The code that was tried out of turn is still good.
  const alice = await begin(browser, daemon, 'alice');
  alice.judge([REFUSED]);
});

story('a foreign name for this machine opens nothing', async (world) => {
  const daemon = await world.page('default');
  const { port } = daemon;
  const asked = request({ host: '127.0.0.1', port, path: '/', headers: { Host: `rebound.example:${port}` } }).end();
  const [answer] = await once(asked, 'response');
  assert.equal(answer.statusCode, 403);
  answer.resume();

  const rebound = await launch(['--host-resolver-rules=MAP rebound.example 127.0.0.1']);
  try {
    const page = await rebound.newPage();
    const response = await page.goto(`http://rebound.example:${port}/`);
    assert.equal(response.status(), 403);
    const inside = await page.evaluate(() => fetch('/api/profile').then(({ status }) => status, () => 'refused'));
    assert.ok([403, 'refused'].includes(inside), `it got ${inside}`);
  } finally {
    await rebound.close();
  }
});

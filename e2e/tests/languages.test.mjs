/** A language is loaded when it is read, and never seen before it is. */

import { strict as assert } from 'node:assert';

import { speaks } from '../support/axe.mjs';
import { Tab } from '../support/browser.mjs';
import { story } from '../support/story.mjs';

/** Writes down each heading that is ever shown, with the language that the page said it was in. */
function watch() {
  window.seen = [];
  new MutationObserver(() => {
    const heading = document.querySelector('h1')?.textContent ?? '';
    const line = `${document.documentElement.lang} ${document.documentElement.dir}: ${heading}`;
    if (heading !== '' && window.seen.at(-1) !== line) window.seen.push(line);
  }).observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
}

const catalogues = (page) =>
  page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => /\/assets\/(en|ar)-[^/]*\.js$/.exec(name)?.[1])
      .filter((lang) => lang !== undefined),
  );

story('only the language in use is loaded, and the first sight is in it', async (world, browser) => {
  const daemon = await world.page('default');
  const tab = await Tab.open(browser, daemon.address, { locale: 'ar-EG' }, (page) => page.addInitScript(watch));
  await tab.page.getByRole('heading', { name: 'تحدّث بحرّية' }).waitFor();
  assert.deepEqual(await tab.page.evaluate(() => window.seen), ['ar rtl: تحدّث بحرّية']);
  assert.deepEqual(await catalogues(tab.page), ['ar']);

  await tab.button('English').click();
  await speaks(tab, 'en');
  await tab.page.getByRole('heading', { name: 'Talk freely' }).waitFor();
  assert.deepEqual(await catalogues(tab.page), ['ar', 'en']);

  // The choice is kept, and then it is the only one that is read.
  await tab.page.reload();
  await tab.page.getByRole('heading', { name: 'Talk freely' }).waitFor();
  assert.deepEqual(await tab.page.evaluate(() => window.seen), ['en ltr: Talk freely']);
  assert.deepEqual(await catalogues(tab.page), ['en']);

  // When a language can't be read, the page stays in the one that it has, and says why.
  await tab.page.route('**/assets/ar-*.js', (route) => route.abort());
  await tab.button('العربية').click();
  await tab.page.getByText(/this part of the page can’t be read/).waitFor();
  assert.equal(await tab.page.locator('html').getAttribute('lang'), 'en');
  tab.judge([/ERR_FAILED/]);
});

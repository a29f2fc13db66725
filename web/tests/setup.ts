/** As the page is when all of it is there: with the texts of a language. */

import { i18n } from '../src/i18n/i18n.svelte';

await i18n.load();
await i18n.readLate();

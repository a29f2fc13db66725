/** As the page begins: with the texts of a language. */

import { i18n } from '../src/i18n/i18n.svelte';

await i18n.load();

/** The page begins. */

import { mount } from 'svelte';
import App from './App.svelte';
import './design/tokens.css';
import './design/base.css';
import { i18n } from './i18n/i18n.svelte';
import { app } from './state/app.svelte';

async function begin(): Promise<void> {
  // The first thing that is seen is in the right language.
  await i18n.load();
  const target = document.getElementById('app');
  if (target !== null) mount(App, { target });
  await app.start();
}

void begin();
// A fresh address that is opened in this same tab changes its fragment only.
addEventListener('hashchange', () => void app.start());

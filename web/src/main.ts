/** The page begins. */

import { mount } from 'svelte';
import App from './App.svelte';
import './design/tokens.css';
import './design/base.css';
import { app } from './state/app.svelte';

const target = document.getElementById('app');
if (target !== null) mount(App, { target });
void app.start();
// A fresh address that is opened in this same tab changes its fragment only.
addEventListener('hashchange', () => void app.start());

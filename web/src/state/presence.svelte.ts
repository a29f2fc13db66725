/** Whether somebody sits in front of this page. */

import { api } from '../api/client';
import { app } from './app.svelte';

/** A glance at another window is no absence. */
const AWAY_AFTER_MS = 30_000;

/** Tells the daemon while it runs; the answer stops it. */
export function watchPresence(): () => void {
  let told: boolean | null = null;
  let away: ReturnType<typeof setTimeout> | undefined;
  const tell = (on: boolean) => {
    clearTimeout(away);
    away = undefined;
    if (told === on) return;
    told = on;
    api.presence(on).catch(() => {
      told = null;
    });
  };
  const look = () => {
    if (document.visibilityState === 'hidden') tell(false);
    else if (document.hasFocus()) tell(true);
    else away ??= setTimeout(() => tell(false), AWAY_AFTER_MS);
    if (document.visibilityState === 'visible') app.hurry();
  };
  const leave = () => tell(false);
  document.addEventListener('visibilitychange', look);
  addEventListener('focus', look);
  addEventListener('blur', look);
  addEventListener('pagehide', leave);
  look();
  return () => {
    clearTimeout(away);
    document.removeEventListener('visibilitychange', look);
    removeEventListener('focus', look);
    removeEventListener('blur', look);
    removeEventListener('pagehide', leave);
  };
}

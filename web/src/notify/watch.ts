/** Tells the person of messages through the system, while no tab of X Chat is in sight. */

import type { Event as Told, Message } from '../api/types';
import { i18n } from '../i18n/i18n.svelte';
import { app } from '../state/app.svelte';
import { notify } from '../state/notify.svelte';
import { router } from '../state/route.svelte';
import { noteOf } from './note';

/** Held by each tab that is in sight. */
const IN_SIGHT = 'xchat-in-sight';
/** Held by the tab that tells of a message, as long as another one may hear of it. */
const TELLS = 'xchat-tells-';
const TELLS_MS = 10_000;

/** What is shown, by chat. */
const notes = new Map<number, { note: Notification; row: number }>();

function close(chat: number): void {
  notes.get(chat)?.note.close();
  notes.delete(chat);
}

function show(message: Message): void {
  const chat = app.conversation(message.conversation);
  const said = chat === undefined ? null : noteOf(message, chat, notify.telling);
  if (said === null) return;
  let note: Notification;
  try {
    // One for each chat: the newer takes the place of the older, and calls again.
    const options = { body: said.body, tag: `xchat-${message.conversation}`, renotify: true, lang: i18n.lang };
    note = new Notification(said.title, options);
  } catch {
    // Some browsers have the word for it and not the thing.
    return;
  }
  notes.set(message.conversation, { note, row: message.row });
  note.onclick = () => {
    window.focus();
    close(message.conversation);
    router.go({ at: 'conversation', id: message.conversation });
  };
  note.onclose = () => {
    if (notes.get(message.conversation)?.note === note) notes.delete(message.conversation);
  };
}

/** Whether any tab is in sight. */
async function isSeen(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === IN_SIGHT);
}

async function hear(message: Message): Promise<void> {
  if (message.mine || !notify.on || document.visibilityState === 'visible' || (await isSeen())) return;
  await navigator.locks.request(TELLS + message.id, { ifAvailable: true }, async (lock) => {
    // Another tab tells of it already.
    if (lock === null) return;
    show(message);
    await new Promise((done) => setTimeout(done, TELLS_MS));
  });
}

function take(event: Told): void {
  switch (event.type) {
    case 'message':
      hear(event.message).catch(() => undefined);
      break;
    case 'changed':
      if (event.message.deleted && notes.get(event.message.conversation)?.row === event.message.row)
        close(event.message.conversation);
      break;
    case 'removed':
      if (notes.get(event.conversation)?.row === event.row) close(event.conversation);
      break;
    case 'conversation':
      // It was read elsewhere.
      if (event.conversation.unread === 0) close(event.conversation.id);
      break;
    default:
      break;
  }
}

/** Begins; the answer ends it. */
export function watch(): () => void {
  let leave: (() => void) | null = null;
  const look = () => {
    const seen = document.visibilityState === 'visible';
    if (seen) for (const chat of [...notes.keys()]) close(chat);
    if (seen === (leave !== null)) return;
    if (!seen) {
      leave?.();
      leave = null;
      return;
    }
    const left = new Promise<void>((done) => (leave = done));
    navigator.locks.request(IN_SIGHT, { mode: 'shared' }, () => left).catch(() => undefined);
  };
  const stop = app.listen(take);
  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    stop();
    document.removeEventListener('visibilitychange', look);
    leave?.();
    for (const chat of [...notes.keys()]) close(chat);
  };
}

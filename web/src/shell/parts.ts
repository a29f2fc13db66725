/** Parts of the page that nobody needs to see a chat. They come by themselves as soon as there is nothing else to do. */

import { i18n } from '../i18n/i18n.svelte';

/** With the texts that it speaks. */
function late<T>(read: () => Promise<T>): () => Promise<T> {
  return async () => (await Promise.all([read(), i18n.readLate()]))[0];
}

export const parts = {
  onboarding: late(() => import('../onboarding/Onboarding.svelte')),
  words: late(() => import('../onboarding/WordsStep.svelte')),
  settings: late(() => import('../settings/Settings.svelte')),
  safety: late(() => import('../safety/SafetyPage.svelte')),
  palette: late(() => import('./Palette.svelte')),
  shortcuts: late(() => import('./Shortcuts.svelte')),
  fresh: late(() => import('./NewChat.svelte')),
  request: late(() => import('./RequestPage.svelte')),
  older: late(() => import('../imports/Older.svelte')),
  elsewhere: late(() => import('../imports/Elsewhere.svelte')),
  search: late(() => import('../search/ChatSearch.svelte')),
  menus: late(() => import('../chats/ChatMenus.svelte')),
  folders: late(() => import('../folders/FolderBar.svelte')),
  sorting: late(() => import('../folders/ChatFolders.svelte')),
  timer: late(() => import('../chats/TimerDialog.svelte')),
  nickname: late(() => import('../chats/NicknameDialog.svelte')),
  told: late(() => import('../chats/ToldDialog.svelte')),
  sure: late(() => import('../chats/SureDialog.svelte')),
  starred: late(() => import('../chats/StarredDialog.svelte')),
  later: late(() => import('../later/LaterLine.svelte')),
  time: late(() => import('../later/TimeDialog.svelte')),
  viewer: late(() => import('../viewer/Viewer.svelte')),
  gallery: late(() => import('../gallery/Gallery.svelte')),
  notify: late(() => import('../notify/watch')),
  recorder: late(() => import('../attachments/Recorder.svelte')),
  emoji: late(() => import('../emoji/Sheet.svelte')),
  library: late(() => import('../library/Pictures.svelte')),
  completion: late(() => import('../emoji/Completing.svelte')),
  evidence: late(() => import('../directory/EvidenceDialog.svelte')),
  trust: late(() => import('../directory/TrustDialog.svelte')),
  messageMenu: late(() => import('../conversation/MessageMenu.svelte')),
  story: late(() => import('../conversation/Story.svelte')),
  forward: late(() => import('../conversation/ForwardDialog.svelte')),
  ask: late(() => import('../polls/AskDialog.svelte')),
  poll: late(() => import('../polls/Poll.svelte')),
  pollEnd: late(() => import('../polls/EndDialog.svelte')),
  answers: late(() => import('../polls/Answers.svelte')),
  pins: late(() => import('../pins/PinsDialog.svelte')),
  versions: late(() => import('../conversation/VersionsDialog.svelte')),
  deletion: late(() => import('../conversation/DeleteDialog.svelte')),
} as const;

/** Not before the first sight is drawn; without this browser's own way to ask, soon after. */
const SOON_MS = 1_000;

/** Fetches the parts one after the other, so that each is there at once, also when X Chat has been stopped meanwhile. */
export function warm(): () => void {
  let stopped = false;
  const fetchAll = async () => {
    for (const part of Object.values(parts)) {
      if (stopped) return;
      await part().catch(() => undefined);
    }
    await i18n.readAll().catch(() => undefined);
  };
  const idle = 'requestIdleCallback' in window;
  const asked = idle ? requestIdleCallback(() => void fetchAll()) : setTimeout(() => void fetchAll(), SOON_MS);
  return () => {
    stopped = true;
    if (idle) cancelIdleCallback(asked as number);
    else clearTimeout(asked);
  };
}

/** Parts of the page that nobody needs to see a chat. They come by themselves as soon as there is nothing else to do. */

export const parts = {
  onboarding: () => import('../onboarding/Onboarding.svelte'),
  words: () => import('../onboarding/WordsStep.svelte'),
  settings: () => import('../settings/Settings.svelte'),
  safety: () => import('../safety/SafetyPage.svelte'),
  palette: () => import('./Palette.svelte'),
  fresh: () => import('./NewChat.svelte'),
  request: () => import('./RequestPage.svelte'),
  search: () => import('../search/ChatSearch.svelte'),
  viewer: () => import('../viewer/Viewer.svelte'),
  recorder: () => import('../attachments/Recorder.svelte'),
  forward: () => import('../conversation/ForwardDialog.svelte'),
  versions: () => import('../conversation/VersionsDialog.svelte'),
  deletion: () => import('../conversation/DeleteDialog.svelte'),
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
  };
  const idle = 'requestIdleCallback' in window;
  const asked = idle ? requestIdleCallback(() => void fetchAll()) : setTimeout(() => void fetchAll(), SOON_MS);
  return () => {
    stopped = true;
    if (idle) cancelIdleCallback(asked as number);
    else clearTimeout(asked);
  };
}

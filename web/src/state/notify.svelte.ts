/** Whether and what this browser is to tell of new messages. */

const KEY = 'xchat-notify';
/** That there is something, who wrote, or what they wrote as well. */
export const TELLINGS = ['sign', 'name', 'text'] as const;
export type Telling = 'off' | (typeof TELLINGS)[number];

function stored(): Telling {
  const kept = localStorage.getItem(KEY);
  return TELLINGS.find((one) => one === kept) ?? 'off';
}

class Notify {
  telling: Telling = $state(stored());
  /** What the browser says; `none` where it can tell nothing. */
  permission: NotificationPermission | 'none' = $state('Notification' in window ? Notification.permission : 'none');
  on = $derived(this.telling !== 'off' && this.permission === 'granted');

  constructor() {
    addEventListener('storage', (event) => {
      if (event.key === KEY) this.telling = stored();
    });
  }

  /** Asks the browser, which asks the person: only for somebody who has just wished it. */
  async turnOn(): Promise<void> {
    if (this.permission === 'none') return;
    this.permission = await Notification.requestPermission();
    // Words stay in the chat unless somebody wants them elsewhere.
    if (this.permission === 'granted') this.set('name');
  }

  set(telling: Telling): void {
    this.telling = telling;
    if (telling === 'off') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, telling);
  }

  /** It may have been changed in the browser meanwhile. */
  look(): void {
    if (this.permission !== 'none') this.permission = Notification.permission;
  }
}

export const notify = new Notify();

/** What this page knows, kept true by the stream of events. */

import { api, Refusal, whenUnauthorized } from '../api/client';
import { EventStream, type StreamState } from '../api/events';
import { forgetToken, storedToken, storeToken, takeCode } from '../api/session';
import type { Conversation, Event, Message, Profile, Request, Verification } from '../api/types';
import type { About } from '../conversation/about';
import { Tray } from '../attachments/tray.svelte';
import { folders } from '../folders/folders.svelte';
import { directory } from './directory.svelte';
import { byActivity, successor } from './timeline';
import { Timeline } from './timeline.svelte';
import { toasts } from './toasts.svelte';

const DRAFT = 'xchat-draft-';
/** Signs of typing run out after six seconds at the other side. */
const TYPING_AGAIN_MS = 3_000;
const TYPING_ENDS_MS = 5_000;
const REFRESH_MS = 150;
/** How long one has stopped typing when the daemon keeps it. */
const DRAFT_KEPT_MS = 800;

/** What the network said about itself that people should know. */
export type Trouble =
  | { kind: 'storage'; full: boolean }
  | { kind: 'network'; reason: string }
  | { kind: 'clock'; network_ms: number };

class App {
  /** Nothing before the daemon has answered once. */
  profile: Profile | null = $state.raw(null);
  /** Whether this tab is known to the daemon. */
  session: 'unknown' | 'none' | 'known' = $state('unknown');
  connection: StreamState = $state('connecting');
  requests: readonly Request[] = $state.raw([]);
  /** Whether conversations have been read at least once. */
  ready = $state(false);
  storage: Trouble | null = $state.raw(null);
  network: Trouble | null = $state.raw(null);
  clock: Trouble | null = $state.raw(null);

  #conversations: ReadonlyMap<number, Conversation> = $state.raw(new Map());
  #homes: ReadonlyMap<string, boolean> = $state.raw(new Map());
  #drafts: Record<number, string> = $state({});
  #abouts: ReadonlyMap<number, About> = $state.raw(new Map());
  #files = new Map<number, Tray>();
  #timelines = new Map<number, Timeline>();
  #keeping = new Map<number, ReturnType<typeof setTimeout>>();
  #typing = new Map<number, { at: number; end: ReturnType<typeof setTimeout> }>();
  #refreshes = new Map<number, ReturnType<typeof setTimeout>>();
  #waiting: Event[] | null = null;
  #listeners = new Set<(event: Event) => void>();
  #isReleasing = false;
  #stream: EventStream;

  /** By latest activity. */
  conversations: readonly Conversation[] = $derived(byActivity(this.#conversations.values()));
  /** Unread messages, but for those of muted chats, which call nobody. */
  unread = $derived(
    this.conversations.reduce((sum, { unread, settings }) => sum + (settings.muted_until_ms > Date.now() ? 0 : unread), 0),
  );
  homeReachable = $derived([...this.#homes.values()].every((reachable) => reachable));
  /** The own username. */
  me = $derived(this.profile?.identity?.name ?? '');

  constructor() {
    this.#stream = new EventStream({
      token: storedToken,
      event: (event) => this.take(event),
      state: (state) => {
        this.connection = state;
        // A stream that ends may also mean a profile that is locked, or a token that is unknown by now.
        if (state === 'gone') void this.readProfile().catch(() => undefined);
      },
      unauthorized: () => this.#lock(),
    });
    whenUnauthorized(() => this.#lock());
  }

  /** Begins: a code in the address becomes a session, or the tab's own token is used. */
  async start(): Promise<void> {
    const code = takeCode(location, history);
    if (code !== null) {
      try {
        await this.connect(code);
        return;
      } catch (error) {
        // A code works once: a tab that was duplicated or restored still has its token.
        if (storedToken() === null) {
          this.session = 'none';
          if (!(error instanceof Refusal)) throw error;
          return;
        }
      }
    }
    if (storedToken() === null) {
      this.session = 'none';
      return;
    }
    this.session = 'known';
    await this.#enter();
  }

  /** Exchanges a one-time code. Throws a `Refusal`. */
  async connect(code: string): Promise<void> {
    const { token } = await api.session(code);
    storeToken(token);
    this.session = 'known';
    await this.#enter();
  }

  async #enter(): Promise<void> {
    // Without an answer, the stream goes on trying.
    await this.readProfile().catch(() => this.#stream.start());
  }

  #lock(): void {
    forgetToken();
    this.#stream.stop();
    this.session = 'none';
  }

  /** Tries the daemon again at once. */
  hurry(): void {
    this.#stream.hurry();
  }

  async readProfile(): Promise<Profile> {
    const profile = await api.profile();
    this.profile = profile;
    if (profile.stage === 'open') {
      this.#stream.start();
    } else {
      // Before it is open, a profile has nothing to tell.
      this.#stream.stop();
      this.connection = 'live';
    }
    return profile;
  }

  /** Reads everything anew; events that come meanwhile are applied after it. */
  async readAnew(): Promise<void> {
    this.#waiting ??= [];
    try {
      const profile = await this.readProfile();
      if (profile.stage === 'open' && profile.identity !== null) {
        const [conversations, requests] = await Promise.all([
          api.conversations(),
          api.requests(),
          directory.read(),
          folders.read(),
        ]);
        this.#conversations = new Map(conversations.map((one) => [one.id, one]));
        this.requests = requests;
        this.ready = true;
        await Promise.all(
          [...this.#timelines.values()].filter((one) => one.loaded).map((one) => one.renew()),
        );
        void this.#readHomes();
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    } finally {
      const waiting = this.#waiting ?? [];
      this.#waiting = null;
      for (const event of waiting) this.take(event);
    }
  }

  async #readHomes(): Promise<void> {
    const report = await api.report().catch(() => null);
    if (report === null) return;
    this.#homes = new Map(report.nodes.map((node) => [node.id, node.reachable ?? true]));
  }

  /** Applies an event. */
  take(event: Event): void {
    if (event.type === 'ready' || event.type === 'lagged') {
      void this.readAnew();
      return;
    }
    if (this.#waiting !== null) {
      this.#waiting.push(event);
      return;
    }
    this.#apply(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** Hears each event after it was applied; the answer ends it. */
  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #apply(event: Exclude<Event, { type: 'ready' | 'lagged' }>): void {
    switch (event.type) {
      case 'message':
        this.#takeMessage(event.message);
        break;
      case 'changed':
        this.#timelines.get(event.message.conversation)?.change(event.message);
        this.#refreshSoon(event.message.conversation);
        break;
      case 'transfer':
        this.#timelines.get(event.conversation)?.transfer(event);
        break;
      case 'removed':
        this.#timelines.get(event.conversation)?.remove(event.row);
        this.#refreshSoon(event.conversation);
        break;
      case 'state':
        this.#timelines.get(event.conversation)?.advance(event.id, event.state);
        this.#advanceLast(event.conversation, event.id, event.state);
        break;
      case 'conversation':
        this.#refreshOthers(event.conversation);
        this.#putConversation(event.conversation);
        this.#missRequest(event.conversation.account);
        break;
      case 'request':
        this.requests = [
          event.request,
          ...this.requests.filter((request) => request.id !== event.request.id),
        ];
        break;
      case 'home':
        this.#homes = new Map(this.#homes).set(event.home, event.reachable);
        if (event.reachable) this.network = null;
        break;
      case 'registered':
      case 'released':
        void this.readAnew();
        break;
      case 'registration-failed':
        toasts.fail(new Refusal(event.error, 0));
        break;
      case 'release-failed':
        // Whoever is asking right now is told by the answer.
        if (!this.#isReleasing) toasts.fail(new Refusal(event.error, 0));
        break;
      case 'own-record-changed':
      case 'network-forked':
      case 'trust-expired':
        directory.take(event);
        break;
      case 'storage-failed':
        this.storage = { kind: 'storage', full: event.full };
        break;
      case 'storage-recovered':
        this.storage = null;
        break;
      case 'network-failed':
        this.network = { kind: 'network', reason: event.reason };
        break;
      case 'clock-off':
        this.clock = { kind: 'clock', network_ms: event.network_ms };
        break;
    }
  }

  /** Where a conversation begins, a request may have been accepted in another tab or program. */
  #missRequest(account: string): void {
    if (!this.requests.some((request) => request.account === account)) return;
    api.requests().then(
      (requests) => (this.requests = requests),
      () => undefined,
    );
  }

  /** What becomes known about somebody in one chat holds in all chats with them. */
  #refreshOthers(now: Conversation): void {
    const before = this.#conversations.get(now.id);
    if (now.is_note || (before?.change === now.change && before.verification === now.verification)) return;
    for (const other of this.conversations)
      if (other.account === now.account && other.id !== now.id) this.#refreshSoon(other.id);
  }

  #putConversation(conversation: Conversation): void {
    this.#conversations = new Map(this.#conversations).set(conversation.id, conversation);
  }

  #takeMessage(message: Message): void {
    this.#timelines.get(message.conversation)?.take(message);
    const conversation = this.#conversations.get(message.conversation);
    if (conversation !== undefined && conversation.last?.id !== message.id) {
      this.#putConversation({
        ...conversation,
        last: message,
        typing: message.mine && conversation.typing,
        unread: conversation.unread + (message.mine ? 0 : 1),
        first_unread: conversation.first_unread ?? (message.mine ? null : message.row),
      });
    }
    // The daemon counts what is unread; this page only guesses until it has asked.
    this.#refreshSoon(message.conversation);
  }

  #advanceLast(id: number, message: string, state: Message['state']): void {
    const conversation = this.#conversations.get(id);
    if (conversation?.last?.id !== message) return;
    this.#putConversation({ ...conversation, last: { ...conversation.last, state } });
  }

  #refreshSoon(id: number): void {
    if (this.#refreshes.has(id)) return;
    this.#refreshes.set(
      id,
      setTimeout(() => {
        this.#refreshes.delete(id);
        api.conversation(id).then(
          (conversation) => this.#putConversation(conversation),
          () => undefined,
        );
      }, REFRESH_MS),
    );
  }

  /** Gives the own name up. Throws a `Refusal`. */
  async release(): Promise<void> {
    this.#isReleasing = true;
    try {
      await api.release(this.me);
    } finally {
      this.#isReleasing = false;
    }
    await this.readProfile();
  }

  async setPassphrase(passphrase: string | null): Promise<void> {
    await api.setPassphrase(passphrase);
    await this.readProfile();
  }

  /** The chat in which somebody goes on who came back with another key, while this one stays with the old key. */
  successor(of: Conversation): Conversation | undefined {
    return successor(of, this.conversations);
  }

  /** What the owner has made sure of: nothing that counts for somebody's old key counts for them. */
  verification(of: Conversation): Verification {
    return this.successor(of) === undefined ? of.verification : 'changed';
  }

  conversation(id: number): Conversation | undefined {
    return this.#conversations.get(id);
  }

  /** The conversation with somebody, if there is one. */
  conversationWith(peer: string): Conversation | undefined {
    const all = this.conversations.filter((one) => one.peer === peer && !one.is_note);
    return all.find((one) => this.successor(one) === undefined) ?? all[0];
  }

  /** The messages of a conversation; the newest page is read when first asked for. */
  messages(id: number): Timeline {
    let timeline = this.#timelines.get(id);
    if (timeline === undefined) {
      timeline = new Timeline(id);
      this.#timelines.set(id, timeline);
      // Not in the same turn: a template may be asking, and must not write state while it draws.
      const fresh = timeline;
      queueMicrotask(() => void fresh.read('newest').catch((error: unknown) => toasts.fail(error)));
    }
    return timeline;
  }

  async load(id: number, what: 'older' | 'newer'): Promise<void> {
    try {
      await this.messages(id).read(what);
    } catch (error) {
      toasts.fail(error);
    }
  }

  /** Sends; the draft is emptied at once and comes back when it could not be taken. */
  async send(id: number, what: Parameters<typeof api.send>[1]): Promise<void> {
    this.setDraft(id, '');
    this.#endTyping(id);
    try {
      this.#takeMessage(await api.send(id, what));
    } catch (error) {
      if (this.draft(id) === '') this.setDraft(id, what.text);
      throw error;
    }
  }

  /** Sends what was not written in the composer, whose draft stays. */
  async say(id: number, what: Parameters<typeof api.send>[1]): Promise<void> {
    this.#takeMessage(await api.send(id, what));
  }

  /** Says that everything up to a message has been seen. */
  async markRead(id: number, row: number): Promise<void> {
    const conversation = this.#conversations.get(id);
    if (conversation === undefined || conversation.unread === 0) return;
    // Of what is left in between only the daemon knows how much it is.
    if (row === conversation.last?.row)
      this.#putConversation({ ...conversation, unread: 0, first_unread: null });
    try {
      await api.markRead(id, row);
      this.#refreshSoon(id);
    } catch {
      this.#refreshSoon(id);
    }
  }

  /** Says that one types, or no longer; may be called for every keystroke. */
  typing(id: number, on: boolean): void {
    if (!on) {
      this.#endTyping(id);
      return;
    }
    const now = Date.now();
    const known = this.#typing.get(id);
    clearTimeout(known?.end);
    const again = known === undefined || now - known.at >= TYPING_AGAIN_MS;
    if (again) api.typing(id, true).catch(() => undefined);
    this.#typing.set(id, {
      at: again ? now : known.at,
      end: setTimeout(() => this.#endTyping(id), TYPING_ENDS_MS),
    });
  }

  #endTyping(id: number): void {
    const known = this.#typing.get(id);
    if (known === undefined) return;
    clearTimeout(known.end);
    this.#typing.delete(id);
    api.typing(id, false).catch(() => undefined);
  }

  /** What was typed and not sent. Survives a reload of the tab. */
  draft(id: number): string {
    return this.#drafts[id] ?? sessionStorage.getItem(DRAFT + id) ?? '';
  }

  /** What the list shows of it: also what was typed in another tab, or before X Chat was started anew. */
  draftLine(conversation: Conversation): string {
    const local = this.#drafts[conversation.id] ?? sessionStorage.getItem(DRAFT + conversation.id);
    return local ?? conversation.settings.draft ?? '';
  }

  /** What was typed elsewhere, when nothing was typed here. */
  async findDraft(id: number): Promise<string> {
    if (this.draft(id) !== '' || this.conversation(id)?.settings.draft == null) return '';
    const { text } = await api.readDraft(id).catch(() => ({ text: '' }));
    return this.draft(id) === '' ? text : '';
  }

  #keepSoon(id: number, text: string): void {
    clearTimeout(this.#keeping.get(id));
    this.#keeping.set(
      id,
      setTimeout(() => {
        this.#keeping.delete(id);
        // It is in this tab as well; the next letter tries again.
        api.keepDraft(id, text).catch(() => undefined);
      }, DRAFT_KEPT_MS),
    );
  }

  setDraft(id: number, text: string): void {
    this.#drafts[id] = text;
    this.#keepSoon(id, text);
    if (text === '') sessionStorage.removeItem(DRAFT + id);
    else sessionStorage.setItem(DRAFT + id, text);
  }

  /** What the composer of a chat is about, besides a new message. */
  about(id: number): About | null {
    return this.#abouts.get(id) ?? null;
  }

  /** The files that go with a chat's next message. */
  files(id: number): Tray {
    let tray = this.#files.get(id);
    if (tray === undefined) {
      tray = new Tray();
      this.#files.set(id, tray);
    }
    return tray;
  }

  setAbout(id: number, about: About | null): void {
    const next = new Map(this.#abouts);
    if (about === null) next.delete(id);
    else next.set(id, about);
    this.#abouts = next;
  }

  /** Accepts a message request; the number of its conversation. */
  async accept(request: Request): Promise<number> {
    const { conversation } = await api.accept(request.id);
    this.requests = this.requests.filter((one) => one.id !== request.id);
    await this.readConversation(conversation);
    return conversation;
  }

  async decline(request: Request): Promise<void> {
    await api.decline(request.id);
    this.requests = this.requests.filter((one) => one.id !== request.id);
  }

  async readConversation(id: number): Promise<void> {
    this.#putConversation(await api.conversation(id));
  }

  /** A conversation with somebody by name: the one there is, or a new one; never one with a key of before. */
  async begin(peer: string): Promise<number> {
    const { conversation: id } = await api.beginConversation(peer);
    await this.readConversation(id);
    const begun = this.conversation(id);
    return (begun === undefined ? undefined : this.successor(begun)?.id) ?? id;
  }

  async note(): Promise<number> {
    const { conversation } = await api.note();
    await this.readConversation(conversation);
    return conversation;
  }
}

export const app = new App();

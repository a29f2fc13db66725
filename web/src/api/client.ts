/** The daemon's paths, one function each. Every failure is a `Refusal`. */

import { storedToken } from './session';
import type {
  About,
  AboutChange,
  Blocked,
  BlockWish,
  ChatChange,
  Conversation,
  Directory,
  Evidence,
  Exposure,
  Failure,
  Folder,
  FoundPage,
  ImportChange,
  ImportedFoundPage,
  ImportedMessage,
  ImportProgress,
  Imports,
  ImportWish,
  GalleryKind,
  Invitation,
  LaterChange,
  LaterWish,
  Message,
  NameLookup,
  OwnRecord,
  Page,
  Profile,
  ProfileSettings,
  Report,
  Request,
  Safety,
  Scheduled,
  SearchWish,
  SettingsChange,
  Storage,
  Sweep,
  Swept,
  Text,
  Upload,
  UploadNote,
  Version,
} from './types';

/** A failure as it is thrown. */
export class Refusal extends Error {
  readonly failure: Failure;
  readonly status: number;

  constructor(failure: Failure, status: number) {
    super(failure.message);
    this.name = 'Refusal';
    this.failure = failure;
    this.status = status;
  }
}

/** The daemon does not answer at all. */
export const GONE = 'daemon-gone';

let onUnauthorized: () => void = () => undefined;

/** Says what to do when the daemon does not know this tab's token (any more). */
export function whenUnauthorized(act: () => void): void {
  onUnauthorized = act;
}

function isFailureBody(body: unknown): body is { error: Failure } {
  return typeof body === 'object' && body !== null && 'error' in body;
}

export async function call<T>(method: string, path: string, body?: unknown, keepalive = false): Promise<T> {
  const headers: Record<string, string> = {};
  const token = storedToken();
  if (token !== null) headers['authorization'] = `Bearer ${token}`;
  const raw = body instanceof Blob;
  if (body !== undefined) headers['content-type'] = raw ? body.type : 'application/json';
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers,
      keepalive,
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    text = await response.text();
  } catch {
    throw new Refusal(
      { kind: 'unreachable', code: GONE, message: 'X Chat is not running', retryable: true },
      0,
    );
  }
  let parsed: unknown = null;
  try {
    parsed = text === '' ? null : JSON.parse(text);
  } catch {
    parsed = null;
  }
  if (response.ok) return parsed as T;
  // An answer to an old token says nothing about the one that has come since.
  if (response.status === 401 && path !== '/api/session' && token === storedToken()) onUnauthorized();
  throw new Refusal(
    isFailureBody(parsed)
      ? parsed.error
      : { kind: 'failed', code: 'bug', message: response.statusText, retryable: false },
    response.status,
  );
}

const get = <T>(path: string) => call<T>('GET', path);
const post = <T>(path: string, body?: unknown) => call<T>('POST', path, body);
const name = (text: string) => encodeURIComponent(text);

/** What is asked for, as it stands in an address; what isn't given is left out. */
function query(of: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(of).filter(([, value]) => value !== undefined && value !== null);
  return new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
}

export const api = {
  session: (code: string) => post<{ token: string }>('/api/session', { code }),
  profile: () => get<Profile>('/api/profile'),
  begin: (invitation: string | null) => post<null>('/api/begin', { invitation }),
  unlock: (passphrase: string) => post<null>('/api/unlock', { passphrase }),
  setPassphrase: (passphrase: string | null) => post<null>('/api/passphrase', { passphrase }),
  lookUpName: (text: string) => get<NameLookup>(`/api/names/${name(text)}`),
  ownRecord: () => get<OwnRecord>('/api/record'),
  acknowledgeRecord: () => post<null>('/api/record/acknowledgement'),
  directory: () => get<Directory | null>('/api/network/directory'),
  evidence: () => get<Evidence[]>('/api/network/evidence'),
  acknowledgeEvidence: () => post<null>('/api/network/evidence/acknowledgement'),
  renewTrust: (link: string) => post<null>('/api/network/trust', { link }),
  release: (own: string) => post<null>('/api/release', { name: own }),
  createAccount: () => post<null>('/api/account'),
  register: (wish: string) => post<null>('/api/registration', { name: wish }),
  words: () => get<{ words: string[] | null }>('/api/words'),
  forgetWords: () => call<null>('DELETE', '/api/words'),
  restore: (words: string, of: string) => post<null>('/api/restoration', { words, name: of }),
  invitation: () => get<Invitation>('/api/network'),
  join: (link: string) => post<null>('/api/network', { link }),
  report: () => get<Report>('/api/network/report'),
  exposure: () => get<Exposure>('/api/exposure'),
  conversations: () => get<Conversation[]>('/api/conversations'),
  beginConversation: (peer: string) => post<{ conversation: number }>('/api/conversations', { name: peer }),
  note: () => post<{ conversation: number }>('/api/note'),
  conversation: (id: number) => get<Conversation>(`/api/conversations/${id}`),
  messages: (id: number, place: Partial<Pick<Page, 'before' | 'after' | 'around' | 'at_ms'>> | null, limit: number) =>
    get<Message[]>(`/api/conversations/${id}/messages?${query({ ...place, limit })}`),
  imports: () => get<Imports>('/api/imports'),
  startImport: (wish: ImportWish) => post<ImportProgress>('/api/imports', wish),
  stopImport: () => post<null>('/api/imports/stop', {}),
  changeImport: (id: number, change: ImportChange) => call<null>('PATCH', `/api/imports/${id}`, change),
  removeImport: (id: number) => call<null>('DELETE', `/api/imports/${id}`),
  imported: (id: number, place: { before?: number; around?: number; limit?: number }) =>
    get<ImportedMessage[]>(`/api/imports/${id}/messages?${query(place)}`),
  searchImported: (text: string, id?: number) =>
    get<ImportedFoundPage>(`/api/search/imported?${query(id === undefined ? { text } : { text, import: id })}`),
  search: (wish: SearchWish) => get<FoundPage>(`/api/search?${query(wish)}`),
  send: (id: number, what: Text) =>
    post<Message>(`/api/conversations/${id}/messages`, what),
  edit: (row: number, text: string) => call<null>('PUT', `/api/messages/${row}`, { text }),
  remove: (row: number, everyone: boolean) => call<null>('DELETE', `/api/messages/${row}?everyone=${everyone}`),
  react: (row: number, emoji: string, on: boolean) => post<null>(`/api/messages/${row}/reactions`, { emoji, on }),
  vote: (row: number, choices: number[]) => call<null>('PUT', `/api/messages/${row}/vote`, { choices }),
  endPoll: (row: number) => post<null>(`/api/messages/${row}/end`),
  forward: (row: number, conversation: number) =>
    post<Message>(`/api/messages/${row}/forward`, { conversation }),
  versions: (row: number) => get<Version[]>(`/api/messages/${row}/versions`),
  describeUpload: (id: number, note: UploadNote) => call<Upload>('PATCH', `/api/uploads/${id}`, note),
  previewUpload: (id: number, picture: Blob) => call<Upload>('PUT', `/api/uploads/${id}/preview`, picture),
  dropUpload: (id: number) => call<null>('DELETE', `/api/uploads/${id}`),
  mediaTicket: () => post<{ ticket: string }>('/api/media-ticket'),
  attachment: (row: number, part: number, what: 'fetch' | 'pause' | 'resume' | 'cancel') =>
    post<null>(`/api/attachments/${row}/${part}/${what}`),
  markRead: (id: number, row: number) => post<null>(`/api/conversations/${id}/read`, { row }),
  typing: (id: number, on: boolean) => post<null>(`/api/conversations/${id}/typing`, { on }),
  presence: (on: boolean) => call<null>('POST', '/api/presence', { on }, true),
  openConversation: (id: number) => post<null>(`/api/conversations/${id}/open`),
  changeConversation: (id: number, change: ChatChange) => call<null>('PATCH', `/api/conversations/${id}`, change),
  clearConversation: (id: number) => call<null>('DELETE', `/api/conversations/${id}`),
  setTimer: (id: number, timer_s: number | null) =>
    call<null>('PUT', `/api/conversations/${id}/timer`, { timer_s }),
  readDraft: (id: number) => get<{ text: string }>(`/api/conversations/${id}/draft`),
  keepDraft: (id: number, text: string) =>
    call<null>('PUT', `/api/conversations/${id}/draft`, { text }, text.length < 20_000),
  star: (row: number, on: boolean) => post<null>(`/api/messages/${row}/star`, { on }),
  pin: (row: number, on: boolean) => call<null>(on ? 'PUT' : 'DELETE', `/api/messages/${row}/pin`),
  pins: (id: number) => get<Message[]>(`/api/conversations/${id}/pins`),
  gallery: (id: number, kind: GalleryKind, before: number | null, limit: number) =>
    get<Message[]>(
      `/api/conversations/${id}/files?kind=${kind}&limit=${limit}${before === null ? '' : `&before=${before}`}`,
    ),
  starred: (before: number | null) =>
    get<Message[]>(`/api/starred?limit=50${before === null ? '' : `&before=${before}`}`),
  about: () => get<About>('/api/me'),
  setAbout: (change: AboutChange) => call<null>('PATCH', '/api/me', change),
  setPicture: (picture: Blob) =>
    call<null>('PUT', '/api/me/picture', picture.slice(0, picture.size, 'application/octet-stream')),
  removePicture: () => call<null>('DELETE', '/api/me/picture'),
  blocks: () => get<Blocked[]>('/api/blocks'),
  block: (whom: BlockWish) => post<null>('/api/blocks', whom),
  unblock: (account: string) => call<null>('DELETE', `/api/blocks/${account}`),
  settings: () => get<ProfileSettings>('/api/settings'),
  changeSettings: (change: SettingsChange) => call<null>('PATCH', '/api/settings', change),
  storage: () => get<Storage>('/api/storage'),
  sweepStorage: (which: Sweep) => post<Swept>('/api/storage/sweep', which),
  scheduled: () => get<Scheduled[]>('/api/scheduled'),
  schedule: (wish: LaterWish) => post<Scheduled>('/api/scheduled', wish),
  reschedule: (id: number, change: LaterChange) => call<Scheduled>('PATCH', `/api/scheduled/${id}`, change),
  sendScheduled: (id: number) => post<Message>(`/api/scheduled/${id}/send`),
  unschedule: (id: number) => call<null>('DELETE', `/api/scheduled/${id}`),
  folders: () => get<Folder[]>('/api/folders'),
  setFolders: (all: readonly Folder[]) => call<null>('PUT', '/api/folders', all),
  safety: (id: number) => get<Safety>(`/api/conversations/${id}/safety`),
  setVerified: (id: number, on: boolean) => post<null>(`/api/conversations/${id}/verification`, { on }),
  compare: (id: number, code: string) =>
    post<{ matches: boolean }>(`/api/conversations/${id}/comparison`, { code }),
  requests: () => get<Request[]>('/api/requests'),
  accept: (id: number) => post<{ conversation: number }>(`/api/requests/${id}/accept`),
  decline: (id: number) => post<null>(`/api/requests/${id}/decline`),
};

/** How this tab is known to the daemon: a one-time code from the address becomes a token that lives as long as the tab. */

const KEY = 'xchat-token';
const CODE = /^[A-Za-z0-9_-]{8,128}$/;

/** The code in an address, in a fragment, or by itself. */
export function codeIn(text: string): string | null {
  const trimmed = text.trim();
  const hash = trimmed.lastIndexOf('#');
  const code = hash < 0 ? trimmed : trimmed.slice(hash + 1);
  return CODE.test(code) ? code : null;
}

/** Takes the code out of the address, so that neither history nor a bookmark keeps it. */
export function takeCode(location: Location, history: History): string | null {
  if (location.hash === '') return null;
  const code = codeIn(location.hash);
  history.replaceState(history.state, '', location.pathname);
  return code;
}

export function storedToken(): string | null {
  return sessionStorage.getItem(KEY);
}

export function storeToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}

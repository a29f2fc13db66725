// Links in a text: found, judged, and never trusted further than an anchor that opens elsewhere.

export type Link = { kind: 'link'; text: string; href: string; host: string; doubtful: boolean };

/** Longer addresses stay text. */
const LINK_LENGTH_MAX = 2_048;

/** Neither white space, quotes and brackets, nor anything unseen: an address ends where something unseen begins. */
const LINK =
  /\bhttps?:\/\/(?!\/)[^\s<>"'`\\^{|}\u0000-\u0020\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180E\u200B-\u200F\u2028-\u202F\u205F-\u206F\u3000\u3164\uFEFF\uFFA0\uFFF9-\uFFFB]+/giu;

/** Looks no further than an address may be long: what is cut off here is no link. */
const AT = new RegExp(LINK.source.replace(/\+$/, `{1,${LINK_LENGTH_MAX + 1}}`), 'iuy');

/** The address that begins here, if one does, and how many letters it has. */
export function linkAt(text: string, at: number): { link: Link; length: number } | null {
  AT.lastIndex = at;
  const match = AT.exec(text);
  if (match === null) return null;
  const address = withoutTail(match[0]);
  const link = judged(address);
  return link === null ? null : { link, length: address.length };
}

/** An address behind other words: it is opened only after it was shown. */
export function masked(words: string, address: string): Link | null {
  const link = judged(address);
  return link === null ? null : { ...link, text: words, doubtful: link.doubtful || words !== address };
}

/** A link, if the address is one that a page may open. */
function judged(address: string): Link | null {
  if (address.length > LINK_LENGTH_MAX) return null;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') return null;
  // A name before the host only ever makes an address look like another's.
  const named = url.username !== '' || url.password !== '';
  return {
    kind: 'link',
    text: address,
    href: url.href,
    host: url.host,
    doubtful:
      named ||
      url.hostname.split('.').some((label) => label.startsWith('xn--')) ||
      !saysItsHost(address, url),
  };
}

/** Whether the host that is read is the host that is opened. */
function saysItsHost(address: string, url: URL): boolean {
  const read = address.replace(/^https?:\/\//i, '').toLowerCase();
  return read.startsWith(url.hostname);
}

/** Without the full stop, comma or bracket that belongs to the sentence around the address. */
function withoutTail(address: string): string {
  let end = address.length;
  // How many more brackets are closed than opened in what is left.
  const extra: Record<string, number> = {
    ')': count(address, ')') - count(address, '('),
    ']': count(address, ']') - count(address, '['),
  };
  for (;;) {
    const last = address[end - 1];
    if (last === undefined) break;
    const more = extra[last];
    if (more !== undefined) {
      if (more <= 0) break;
      extra[last] = more - 1;
    } else if (!'.,;:!?…،؛؟。、*_~'.includes(last)) break;
    end -= 1;
  }
  return address.slice(0, end);
}

function count(text: string, letter: string): number {
  let found = 0;
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) found += 1;
  return found;
}

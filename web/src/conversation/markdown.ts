/** The part of Markdown that messages are shown in, as a tree: what is no markup of ours stays as it was typed. */

import { type Link, linkAt, masked } from './links';

export type Style = 'bold' | 'italic' | 'strike' | 'spoiler';
export type Span =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'mention'; name: string; text: string }
  | { kind: Style; children: Span[] }
  | Link;
export type Block =
  | { kind: 'paragraph'; spans: Span[] }
  | { kind: 'quote'; spans: Span[] }
  | { kind: 'code'; text: string }
  | { kind: 'list'; start: number | null; items: Span[][] };

/** More than that in one message stay text. */
const LINKS_MAX = 100;
/** Styles that are open at once. */
const OPEN_MAX = 16;
const TICKS_MAX = 8;

const FENCE = /^ {0,3}(`{3,})[^`]*$/;
const ITEM = /^ {0,3}(?:[-*+]|(\d{1,4})[.)]) +(?=\S)/;
const QUOTE = /^ {0,3}> ?/;
const MASKED = /\[([^[\]\n]{1,500})\]\((https?:\/\/[^\s()<>]{1,2048})\)/iuy;
/** A username: what names may be is docs/spec/identity.md's. */
const MENTION = /@([a-z0-9_]{3,32})(?![\p{L}\p{N}_@]|[.-][\p{L}\p{N}])/uy;
const ESCAPED = /[\\`*_~|[\]>#+.()@-]/;
/** The longer ones first. */
const MARKERS: readonly (readonly [string, Style])[] = [
  ['**', 'bold'],
  ['__', 'bold'],
  ['~~', 'strike'],
  ['||', 'spoiler'],
  ['*', 'italic'],
  ['_', 'italic'],
];

export function blocks(text: string): Block[] {
  const found: Block[] = [];
  const lines = text.split('\n');
  const unclosed = new Set<string>();
  let plain: string[] = [];
  const flush = () => {
    const from = plain.findIndex((line) => line !== '');
    const to = plain.findLastIndex((line) => line !== '') + 1;
    if (from >= 0) found.push({ kind: 'paragraph', spans: spans(plain.slice(from, to).join('\n')) });
    plain = [];
  };
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const fence = FENCE.exec(line)?.[1];
    const end = fence === undefined ? -1 : fenceEnd(lines, at + 1, fence, unclosed);
    if (end >= 0) {
      flush();
      found.push({ kind: 'code', text: lines.slice(at + 1, end).join('\n') });
      at = end + 1;
    } else if (QUOTE.test(line) || ITEM.test(line)) {
      flush();
      const isQuote = QUOTE.test(line);
      let to = at;
      while (to < lines.length && (isQuote ? QUOTE : ITEM).test(lines[to] ?? '')) to += 1;
      found.push(isQuote ? quoteOf(lines.slice(at, to)) : listOf(lines.slice(at, to)));
      at = to;
    } else {
      plain.push(line);
      at += 1;
    }
  }
  flush();
  return found;
}

/** Where the code ends that a fence began; an open fence is no code. */
function fenceEnd(lines: readonly string[], from: number, fence: string, unclosed: Set<string>): number {
  if (unclosed.has(fence)) return -1;
  for (let at = from; at < lines.length; at += 1) if (lines[at]?.trim() === fence) return at;
  // What nothing closes here, nothing closes further on either.
  unclosed.add(fence);
  return -1;
}

function quoteOf(lines: readonly string[]): Block {
  return { kind: 'quote', spans: spans(lines.map((line) => line.replace(QUOTE, '')).join('\n')) };
}

function listOf(lines: readonly string[]): Block {
  const number = ITEM.exec(lines[0] ?? '')?.[1];
  return {
    kind: 'list',
    start: number === undefined ? null : Number(number),
    items: lines.map((line) => spans(line.replace(ITEM, ''))),
  };
}

type Open = { marker: string; style: Style; at: number };

/** One run of text; each letter is looked at a bounded number of times. */
export function spans(text: string): Span[] {
  const out: Span[] = [];
  const open: Open[] = [];
  const unclosed = new Set<number>();
  let links = 0;
  let plain = '';
  const flush = () => {
    if (plain !== '') out.push({ kind: 'text', text: plain });
    plain = '';
  };
  for (let at = 0; at < text.length; ) {
    const letter = text[at] ?? '';
    if (letter === '\\' && ESCAPED.test(text[at + 1] ?? '')) {
      plain += text[at + 1] ?? '';
      at += 2;
      continue;
    }
    if (letter === '`') {
      const code = codeAt(text, at, unclosed);
      flush();
      out.push(code.span);
      at += code.length;
      continue;
    }
    const link = links < LINKS_MAX ? anyLinkAt(text, at, letter) : null;
    if (link !== null) {
      flush();
      out.push(link.link);
      links += 1;
      at += link.length;
      continue;
    }
    const name = letter === '@' && links < LINKS_MAX ? nameAt(text, at) : null;
    if (name !== null) {
      flush();
      out.push({ kind: 'mention', name, text: `@${name}` });
      links += 1;
      at += name.length + 1;
      continue;
    }
    const marker = MARKERS.find(([sign]) => text.startsWith(sign, at));
    if (marker === undefined) {
      plain += letter;
      at += 1;
      continue;
    }
    const [sign, style] = marker;
    const from = canClose(text, at, sign) ? open.findLastIndex((one) => one.marker === sign) : -1;
    const begun = open[from];
    if (begun !== undefined && (plain !== '' || out.length > begun.at + 1)) {
      flush();
      out.splice(begun.at, Infinity, { kind: style, children: merged(out.slice(begun.at + 1)) });
      open.length = from;
    } else if (open.length < OPEN_MAX && canOpen(text, at, sign)) {
      flush();
      open.push({ marker: sign, style, at: out.length });
      out.push({ kind: 'text', text: sign });
    } else {
      plain += sign;
    }
    at += sign.length;
  }
  flush();
  return merged(out);
}

function anyLinkAt(text: string, at: number, letter: string): { link: Link; length: number } | null {
  if (letter === 'h' || letter === 'H') return linkAt(text, at);
  if (letter !== '[') return null;
  MASKED.lastIndex = at;
  const match = MASKED.exec(text);
  if (match === null) return null;
  const link = masked(match[1] ?? '', match[2] ?? '');
  return link === null ? null : { link, length: match[0].length };
}

/** The name that is mentioned here; an address of mail mentions nobody. */
function nameAt(text: string, at: number): string | null {
  if (/[\p{L}\p{N}_.@+-]/u.test(text[at - 1] ?? '')) return null;
  MENTION.lastIndex = at;
  return MENTION.exec(text)?.[1] ?? null;
}

/** What backticks hold, letter by letter; those that nothing closes are text. */
function codeAt(text: string, at: number, unclosed: Set<number>): { span: Span; length: number } {
  let ticks = 1;
  while (text[at + ticks] === '`') ticks += 1;
  const fence = '`'.repeat(ticks);
  const asText = { span: { kind: 'text', text: fence } as const, length: ticks };
  if (ticks > TICKS_MAX || unclosed.has(ticks)) return asText;
  for (let end = text.indexOf(fence, at + ticks); end >= 0; ) {
    let run = ticks;
    while (text[end + run] === '`') run += 1;
    if (run === ticks) {
      const code = text.slice(at + ticks, end);
      return code.trim() === '' ? asText : { span: { kind: 'code', text: code }, length: end + ticks - at };
    }
    end = text.indexOf(fence, end + run);
  }
  // What nothing closes here, nothing closes further on either.
  unclosed.add(ticks);
  return asText;
}

const isSpace = (letter: string | undefined) => letter === undefined || /\s/u.test(letter);
const isWord = (letter: string | undefined) => letter !== undefined && /[\p{L}\p{N}]/u.test(letter);
const isLatin = (letter: string | undefined) => letter !== undefined && /[A-Za-z0-9]/.test(letter);

/** Names_like_this and 2*3*4 are no markup; scripts without spaces have it within words. */
function isWithin(before: string | undefined, after: string | undefined, sign: string): boolean {
  if (sign.startsWith('_')) return isWord(before) && isWord(after);
  return sign === '*' && isLatin(before) && isLatin(after);
}

function canOpen(text: string, at: number, sign: string): boolean {
  const [before, after] = [text[at - 1], text[at + sign.length]];
  if (sign === '_' && !isSpace(before) && !/[([{"'«“*~|>-]/.test(before ?? '')) return false;
  return !isSpace(after) && !isWithin(before, after, sign);
}

function canClose(text: string, at: number, sign: string): boolean {
  const [before, after] = [text[at - 1], text[at + sign.length]];
  return !isSpace(before) && !isWithin(before, after, sign);
}

/** Neighbouring texts as one. */
function merged(list: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const span of list) {
    const last = out.at(-1);
    if (span.kind === 'text' && last?.kind === 'text') out[out.length - 1] = { kind: 'text', text: last.text + span.text };
    else out.push(span);
  }
  return out;
}

/** The words alone, for a line that has no room for more. */
export function wordsOf(text: string): string {
  const say = (list: readonly Span[]): string =>
    list.map((span) => (span.kind === 'spoiler' ? '▒▒▒' : 'children' in span ? say(span.children) : span.text)).join('');
  return blocks(text)
    .map((block) => {
      if (block.kind === 'code') return block.text;
      return block.kind === 'list' ? block.items.map((item) => `• ${say(item)}`).join(' ') : say(block.spans);
    })
    .join('\n');
}

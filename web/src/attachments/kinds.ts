/** What people see of a file before they open it: its kind, its size, how pictures stand together. */

import type { Attachment } from '../api/types';
import type { IconName } from '../design/icons';

/** Pictures and films, which are seen where they stand. */
export function isSeen(one: Pick<Attachment, 'kind'>): boolean {
  return one.kind === 'photo' || one.kind === 'gif' || one.kind === 'video' || one.kind === 'sticker';
}

/** Whether a file is here, or comes and can be played meanwhile. */
export function isPlayable({ state }: Attachment): boolean {
  return state === 'here' || state === 'loading' || state === 'waiting';
}

/** What a file is, by its type as it was sniffed; never by its name. */
export function iconOf(type: string): IconName {
  if (type.startsWith('image/')) return 'picture';
  if (type.startsWith('video/')) return 'film';
  if (type.startsWith('audio/')) return 'sound';
  if (/zip|x-tar|gzip|x-7z|vnd\.rar|x-xz|zstd/.test(type)) return 'box';
  if (/pdf|text\/|word|document|sheet|presentation|epub/.test(type)) return 'document';
  return 'file';
}

/** A file that does something when it is opened. */
export function isProgram(type: string): boolean {
  return /x-executable|x-msdownload|portable-executable|x-mach-binary|x-elf|x-sharedlib|x-sh|java-archive|android\.package|x-msi|x-apple-diskimage|ms-shortcut|javascript|x-python|x-bat|macroenabled/i.test(
    type,
  );
}

const STEP = 1000;
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** A size in the reader's own digits and units. */
export function sizeText(bytes: number, locale: string): string {
  let value = bytes;
  let unit = 0;
  while (value >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }).format(value);
}

/** Minutes and seconds, and hours when there are some. */
export function lengthText(ms: number, locale: string): string {
  const seconds = Math.round(ms / 1000);
  const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2, useGrouping: false });
  const one = new Intl.NumberFormat(locale, { useGrouping: false });
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  const tail = `${(hours > 0 ? two : one).format(minutes)}:${two.format(seconds % 60)}`;
  return hours > 0 ? `${one.format(hours)}:${tail}` : tail;
}

/** No picture is drawn narrower or wider than this against its height. */
const RATIO_MIN = 0.5;
const RATIO_MAX = 2.4;

/** Width by height, within bounds; a square when nobody knows. */
export function ratioOf(one: Pick<Attachment, 'width' | 'height'>): number {
  if (one.width === null || one.height === null || one.width <= 0 || one.height <= 0) return 1;
  return Math.max(RATIO_MIN, Math.min(one.width / one.height, RATIO_MAX));
}

/**
 * Pictures in lines of equal height: those of a line share its width by their ratios. Two or three in a line, the fewer
 * the wider they are; of three wide ones the first has a line of its own, else all of them would be thin.
 */
export function linesOf<T extends Pick<Attachment, 'width' | 'height'>>(pictures: readonly T[]): T[][] {
  const lines: T[][] = [];
  let rest = [...pictures];
  while (rest.length > 0) {
    const width = (count: number) => rest.slice(0, count).reduce((sum, one) => sum + ratioOf(one), 0);
    const count = rest.length <= 3 ? (width(3) > 3 ? 1 : rest.length) : rest.length === 4 || width(2) >= 2 ? 2 : 3;
    lines.push(rest.slice(0, count));
    rest = rest.slice(count);
  }
  return lines;
}

/** What sorts of files are called. */

import { t } from '../i18n/i18n.svelte';
import type { Sort } from './use';

const NAMES = {
  photos: 'storage_photos',
  voices: 'storage_voices',
  films: 'storage_films',
  sounds: 'storage_sounds',
  files: 'storage_files',
} as const;

export function sortName(sort: Sort): string {
  return t(NAMES[sort]);
}

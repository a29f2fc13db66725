/** What was wrong with an archive, in the person's own language. */

import type { ImportProblem } from '../api/types';
import { t } from '../i18n/i18n.svelte';

export function said(problem: ImportProblem): string {
  switch (problem.code) {
    case 'cut-short':
      return t('imports_p_cut_short');
    case 'not-json':
      return t('imports_p_not_json');
    case 'text-cut':
      return t('imports_p_text_cut');
    case 'twice':
      return t('imports_p_twice');
    case 'unsafe-name':
      return t('imports_p_unsafe_name');
    case 'bomb':
      return t('imports_p_bomb');
    case 'packing':
      return t('imports_p_packing');
    case 'unreadable':
      return t('imports_p_unreadable');
    case 'too-many':
      return t('imports_p_too_many');
    default:
      return t('imports_p_other');
  }
}

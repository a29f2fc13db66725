/** The texts of what a chat holds besides words, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { galleryEn } from './words';

export const galleryAr: Twin<typeof galleryEn, 'ar'> = {
  gallery_title: 'الصور والملفات والروابط',
  gallery_kinds: 'ما يُعرض',
  gallery_media: 'الصور والفيديو',
  gallery_files: 'الملفات',
  gallery_sounds: 'الأصوات',
  gallery_links: 'الروابط',
  gallery_media_none: 'لا صور ولا فيديو هنا بعد.',
  gallery_files_none: 'لا ملفات هنا بعد.',
  gallery_sounds_none: 'لا رسائل صوتية ولا أصوات أخرى هنا بعد.',
  gallery_links_none: 'لا روابط هنا بعد.',
  gallery_go: 'عرض في المحادثة',
};

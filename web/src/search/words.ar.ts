/** The texts of searching, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { searchEn } from './words';

export const searchAr: Twin<typeof searchEn, 'ar'> = {
  search_messages: 'الرسائل',
  search_nothing: 'لا توجد رسالة فيها هذا.',
  search_partial: 'ما زالت الرسائل الأقدم تُجهَّز للبحث.',
  search_more: 'عرض الأقدم',
  search_count: {
    zero: 'لم يُعثر على رسائل',
    one: 'عُثر على رسالة واحدة',
    two: 'عُثر على رسالتين',
    few: 'عُثر على {count} رسائل',
    many: 'عُثر على {count} رسالة',
    other: 'عُثر على {count} رسالة',
  },
  search_count_more: {
    zero: 'لم يُعثر على رسائل',
    one: 'عُثر على أكثر من رسالة',
    two: 'عُثر على أكثر من رسالتين',
    few: 'عُثر على أكثر من {count} رسائل',
    many: 'عُثر على أكثر من {count} رسالة',
    other: 'عُثر على أكثر من {count} رسالة',
  },
  search_for: 'البحث في الرسائل عن «{text}»',
  search_chat: 'البحث في هذه المحادثة',
  search_chat_field: 'كلمات',
  search_chat_hint: 'كلمات بأي ترتيب، أو «كلمات بين علامتي اقتباس» متتالية.',
  search_filter: 'تضييق البحث',
  search_who: 'كتبها',
  search_who_all: 'أي شخص',
  search_who_me: 'أنا',
  search_links: 'الرسائل التي فيها روابط فقط',
  search_since: 'من',
  search_until: 'حتى',
  search_day: 'الانتقال إلى يوم',
  search_day_go: 'انتقال',
  search_me: 'أنت',
};

/** The texts of what one sets about chats and people, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { chatsEn } from './words';

export const chatsAr: Twin<typeof chatsEn, 'ar'> = {
  chat_menu: 'ما يمكن فعله بهذه المحادثة',
  chat_muted: 'مكتومة',
  chat_pinned: 'مثبّتة',
  chat_marked_unread: 'معلَّمة كغير مقروءة',
  chat_archive_show: {
    zero: 'الأرشيف فارغ',
    one: 'الأرشيف: محادثة واحدة',
    two: 'الأرشيف: محادثتان',
    few: 'الأرشيف: {count} محادثات',
    many: 'الأرشيف: {count} محادثة',
    other: 'الأرشيف: {count} محادثة',
  },
  chat_unblock: 'إلغاء الحظر',

  timer_minutes: {
    zero: 'أقل من دقيقة',
    one: 'دقيقة واحدة',
    two: 'دقيقتان',
    few: '{count} دقائق',
    many: '{count} دقيقة',
    other: '{count} دقيقة',
  },
  timer_hours: {
    zero: 'أقل من ساعة',
    one: 'ساعة واحدة',
    two: 'ساعتان',
    few: '{count} ساعات',
    many: '{count} ساعة',
    other: '{count} ساعة',
  },
  timer_days: {
    zero: 'أقل من يوم',
    one: 'يوم واحد',
    two: 'يومان',
    few: '{count} أيام',
    many: '{count} يومًا',
    other: '{count} يوم',
  },
  timer_weeks: {
    zero: 'أقل من أسبوع',
    one: 'أسبوع واحد',
    two: 'أسبوعان',
    few: '{count} أسابيع',
    many: '{count} أسبوعًا',
    other: '{count} أسبوع',
  },
  timer_set_mine: 'ضبطتَ اختفاء الرسائل: بعد قراءتها بمدة {time}',
  timer_set: 'ضبط {who} اختفاء الرسائل: بعد قراءتها بمدة {time}',
  timer_unset_mine: 'ضبطتَ بقاء الرسائل',
  timer_unset: 'ضبط {who} بقاء الرسائل',
  timer_on: 'الرسائل تختفي: {time}',
  timer_left: 'تختفي في موعد أقصاه {when}',

  unblock_done: 'أُلغي حظر {who}',
  block_line: 'حظرتَ {who}. لا يُعرض منه شيء.',

  star_add: 'إضافة نجمة',
  star_remove: 'إزالة النجمة',
  star_is: 'بنجمة',
};

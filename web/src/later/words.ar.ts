/** The texts of messages that are sent later, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { laterEn } from './words';

export const laterAr: Twin<typeof laterEn, 'ar'> = {
  later_title: 'إرسال لاحقًا',
  later_hour: 'بعد ساعة',
  later_evening: 'هذا المساء',
  later_morning: 'صباح الغد',
  later_week: 'صباح {day}',
  later_today: 'اليوم، {time}',
  later_own: 'وقت آخر',
  later_past: 'مضى هذا الوقت.',
  later_far: 'سنة على الأكثر.',
  later_text: 'تنتظر الرسالة على هذا الحاسوب وحده. يجب أن يكون X Chat يعمل في ذلك الوقت، وإلا خرجت حين يُشغَّل بعده.',
  later_send: 'إرسال في هذا الوقت',
  later_waiting: {
    zero: 'لا رسائل تنتظر',
    one: 'رسالة واحدة تنتظر: {when}',
    two: 'رسالتان تنتظران، أقربهما: {when}',
    few: '{count} رسائل تنتظر، أقربها: {when}',
    many: '{count} رسالة تنتظر، أقربها: {when}',
    other: '{count} رسالة تنتظر، أقربها: {when}',
  },
  later_refused: {
    zero: 'أُرسلت كل الرسائل في وقتها',
    one: 'تعذّر إرسال رسالة في وقتها',
    two: 'تعذّر إرسال رسالتين في وقتهما',
    few: 'تعذّر إرسال {count} رسائل في وقتها',
    many: 'تعذّر إرسال {count} رسالة في وقتها',
    other: 'تعذّر إرسال {count} رسالة في وقتها',
  },
  later_show: 'عرض',
  later_list: 'تُرسل لاحقًا',
  later_none: 'لا شيء ينتظر الإرسال هنا.',
  later_at: 'تُرسل: {when}',
  later_not_sent: 'لم تُرسل: {why}',
  later_change: 'تعديل',
  later_change_title: 'تعديل الرسالة',
  later_message: 'الرسالة',
  later_now: 'إرسال الآن',
  later_take_back: 'سحب',
  later_taken_back: 'لن تُرسل الرسالة.',
  later_sent: 'أُرسلت.',
};

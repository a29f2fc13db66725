/** The texts of polls, and of answers that are offered, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { pollsEn, pollsLateEn } from './words';

export const pollsAr: Twin<typeof pollsEn, 'ar'> = {
  poll_line: 'استطلاع: {question}',
  poll_end: 'إنهاء الاستطلاع',
};

export const pollsLateAr: Twin<typeof pollsLateEn, 'ar'> = {
  poll_new: 'اطرح سؤالًا…',
  poll_title: 'اطرح سؤالًا',
  poll_question: 'السؤال',
  poll_choice: 'الخيار {number}',
  poll_remove: 'إزالة الخيار {number}',
  poll_more: 'إضافة خيار',
  poll_several: 'السماح للجميع باختيار أكثر من واحد',
  poll_send: 'إرسال',
  poll_same: 'خياران متطابقان. غيّر أحدهما.',
  poll_one: 'اختر واحدًا',
  poll_any: 'اختر ما شئت',
  poll_over: 'انتهى هذا الاستطلاع',
  poll_voters: {
    zero: 'لا أصوات',
    one: 'صوت واحد',
    two: 'صوتان',
    few: '{count} أصوات',
    many: '{count} صوتًا',
    other: '{count} صوت',
  },
  poll_none: 'لا أصوات بعد',
  poll_by: 'اختاره {who}',
  poll_end_title: 'أتريد إنهاء هذا الاستطلاع؟',
  poll_end_text: 'لن يستطيع أحد التصويت بعدها، ولا يمكن فتحه من جديد.',
  answer_list: 'إجابات للاختيار',
};

/** The texts of the sheet of shortcuts, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { shortcutsEn } from './words';

export const shortcutsAr: Twin<typeof shortcutsEn, 'ar'> = {
  keys_everywhere: 'في كل مكان',
  keys_sheet: 'هذه القائمة',
  keys_close: 'إغلاق أو رجوع',
  keys_list: 'في قائمة المحادثات',
  keys_step: 'إلى أعلى وإلى أسفل',
  keys_open: 'فتح',
  keys_menu: 'ما يمكن فعله',
  keys_chat: 'في المحادثة',
  keys_messages: 'إلى الرسائل',
  keys_back: 'العودة إلى الكتابة',
  keys_ends: 'إلى الأولى وإلى الأخيرة',
  keys_story: 'ما آلت إليه الرسالة',
  keys_writing: 'أثناء الكتابة',
  keys_line: 'سطر جديد',
  keys_last: 'تعديل رسالتك الأخيرة ما دمت لم تكتب شيئًا',
  keys_bold: 'خط عريض',
  keys_italic: 'خط مائل',
  keys_code: 'نص برمجي',
  keys_link: 'لصق عنوان فوق كلمات محددة ليصير رابطًا',
  keys_emoji: 'رمز تعبيري باسمه',
  keys_or: 'أو',
};

/** The texts of pinned messages, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { pinsEn } from './words';

export const pinsAr: Twin<typeof pinsEn, 'ar'> = {
  pin_add: 'تثبيت هنا',
  pin_remove: 'إلغاء التثبيت',
  pin_is: 'مثبتة',
  pin_bar: 'الرسائل المثبتة',
  pin_one: 'رسالة مثبتة',
  pin_of: 'الرسالة المثبتة {at} من {all}',
  pin_all: 'عرض كل الرسائل المثبتة',
};

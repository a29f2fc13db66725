/** The texts of what people say of themselves, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { peopleEn } from './words';

export const peopleAr: Twin<typeof peopleEn, 'ar'> = {
  me_title: 'عنك',
  me_text: 'يراه من تتحدث معهم. لا تراه أي عقدة ولا أي غريب.',
  me_picture: 'الصورة',
  me_picture_text: 'يُقتطع وسطها ويُصغَّر، ويُزال منها مكان التقاطها ووقته.',
  me_picture_choose: 'اختيار صورة',
  me_picture_change: 'تغيير',
  me_picture_bad: 'لا يمكن أن تكون هذه صورتك. اختر صورة JPEG أو PNG أو WebP أو GIF لا تتجاوز ٣٢ ميغابايت.',
  me_name: 'الاسم',
  me_name_hint: 'يظهر بجانب اسم المستخدم. لا يُعثر عليك إلا باسم المستخدم.',
  me_bio: 'كلمات قليلة',
  me_long: 'هذا طويل جدًا.',
  me_saved: 'حُفظ. يراه من تتحدث معهم.',
};

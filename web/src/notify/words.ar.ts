/** The texts of notifications, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { notifyEn } from './words';

export const notifyAr: Twin<typeof notifyEn, 'ar'> = {
  notify_title: 'الإشعارات',
  notify_on: 'حين لا تكون X Chat أمامك',
  notify_text: 'يُخبرك النظام حين يكتب إليك أحد. وتبقى المحادثات المكتومة صامتة.',
  notify_denied: 'لا يسمح هذا المتصفح لـ X Chat بإخبارك. يمكنك السماح بذلك من إعدادات المتصفح لهذه الصفحة.',
  notify_none: 'لا يستطيع هذا المتصفح إخبارك بشيء والصفحة ليست أمامك.',
  notify_what: 'ما يُخبرك به',
  notify_what_text: 'قد يعرضه النظام والشاشة مقفلة، وقد يحتفظ به. أما كلام الرسائل التي تختفي فلا يُكتب هناك أبدًا.',
  notify_sign: 'وصول رسالة فقط',
  notify_name: 'من كتب',
  notify_message: 'من كتب وماذا كتب',
  notify_new: 'رسالة جديدة',
};

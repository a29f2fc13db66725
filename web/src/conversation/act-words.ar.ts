/** The texts of what people do to messages, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { actsEn } from './act-words';

export const actsAr: Twin<typeof actsEn, 'ar'> = {
  act_menu: 'إجراءات هذه الرسالة',
  act_reply: 'رد',
  act_edit: 'تعديل',
  act_forward: 'إعادة توجيه',
  act_copy: 'نسخ النص',
  act_details: 'ماذا حلّ بها',
  act_versions: 'النسخ السابقة',
  act_delete: 'حذف',
  act_react: 'تفاعل بـ {emoji}',
  act_unreact: 'سحب {emoji}',
  act_reacted: '{emoji}: {who}',
  act_edited: 'معدّلة',
  act_forwarded: 'أُعيد توجيهها',
  act_deleted: 'حُذفت هذه الرسالة',
  act_deleted_mine: 'حذفتَ هذه الرسالة',
  act_quote: 'رد على {who}: {text}',
  act_quote_gone: 'رسالة ليست هنا',
  act_replying: 'رد على {who}',
  act_editing: 'تعديل رسالتك',
  act_cancel: 'إلغاء ذلك',
  act_save: 'حفظ',
  act_not_saved: 'لم يُحفظ التعديل: {what}.',
  act_delete_title: 'حذف هذه الرسالة؟',
  act_delete_text: 'عند الجميع: تختفي من أجهزتهم أيضًا حالما يتصلون. ومن قرأها فقد قرأها.',
  act_delete_text_theirs: 'تختفي من هذا الحاسوب فقط.',
  act_delete_me: 'حذف هنا',
  act_delete_everyone: 'حذف عند الجميع',
  act_versions_title: 'النسخ السابقة',
  act_forward_title: 'إعادة التوجيه إلى',
  act_forward_search: 'ابحث في المحادثات',
  act_forward_text: 'لا يُذكر مصدرها.',
  act_forward_done: 'أُعيد توجيهها',

  emoji_open: 'رموز تعبيرية',
  emoji_react: 'رمز آخر',
};

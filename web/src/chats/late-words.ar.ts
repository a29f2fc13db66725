/** The texts of what a chat's menu opens, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { settingEn } from './late-words';

export const settingAr: Twin<typeof settingEn, 'ar'> = {
  chat_pin: 'تثبيت في الأعلى',
  chat_unpin: 'إلغاء التثبيت',
  chat_mute: 'كتم',
  chat_mute_hour: 'لساعة',
  chat_mute_eight: 'لثماني ساعات',
  chat_mute_week: 'لأسبوع',
  chat_mute_always: 'حتى ألغي الكتم',
  chat_unmute: 'إلغاء الكتم',
  chat_unread: 'تعليم كغير مقروءة',
  chat_read: 'تعليم كمقروءة',
  chat_archive: 'أرشفة',
  chat_unarchive: 'إخراج من الأرشيف',
  chat_archived_done: 'نُقلت إلى الأرشيف، وتعود مع أول رسالة جديدة.',
  chat_folders: 'المجلدات…',
  chat_timer: 'رسائل تختفي',
  chat_nickname: 'سمّه بنفسك',
  chat_told: 'ما يُخبَر به',
  chat_block: 'حظر',
  chat_clear: 'حذف المحادثة هنا',

  timer_title: 'رسائل تختفي',
  timer_text: 'ما يُكتب من الآن يختفي عندكما: بعد قراءته بهذه المدة، وهنا بعد كتابته بها. ومن أراد الاحتفاظ برسالة يستطيع نسخها.',
  timer_off: 'تبقى',

  nickname_title: 'اسم من عندك لـ {who}',
  nickname_text: 'لا يراه سواك. واسم المستخدم يبقى كما هو.',
  nickname_label: 'الاسم',

  told_title: 'ما يُخبَر به {who}',
  told_text: 'ما لم تختر شيئًا هنا تسري إعداداتك لكل المحادثات.',
  told_as_all: 'كما في غيرها',
  told_yes: 'نعم',
  told_no: 'لا',
  told_read: 'أنك قرأت شيئًا',
  told_delivery: 'أن شيئًا وصل',
  told_delivery_text: 'وبدونه لا ينتقل شيء مباشرة من جهاز إلى جهاز أيضًا، لأن استلامه يفضحه.',
  told_typing: 'أنك تكتب',
  told_presence: 'أنك هنا',
  told_all_title: 'ما يُخبَر به الآخرون',

  block_title: 'حظر {who}؟',
  block_text: 'لن يُعرض منه شيء ولن يُردّ عليه، ولن يُخبَر بذلك. ما قيل يبقى، ويمكنك التراجع من الإعدادات.',
  block_done: 'حُظر {who}',
  block_list: 'المحظورون',
  block_nobody: 'لا أحد محظور.',
  block_since: 'منذ {day}',

  clear_title: 'حذف هذه المحادثة هنا؟',
  clear_text: 'تُحذف كلها من هذا الحاسوب ولا يمكن استعادتها. ويحتفظ {who} بما عنده. ورسالة جديدة تبدؤها من جديد.',
  clear_do: 'حذف هنا',

  requests_from: 'من يستطيع أن يراسلك أولًا',
  requests_anyone: 'أي أحد',
  requests_nobody: 'لا أحد',
  requests_text: 'ومن تراسله أنت يستطيع الرد دائمًا.',

  star_title: 'رسائل بنجمة',
  star_none: 'لا رسالة بنجمة بعد. تُضاف من قائمة الرسالة.',
};

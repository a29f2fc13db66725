/** The texts of folders, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { foldersEn } from './words';

export const foldersAr: Twin<typeof foldersEn, 'ar'> = {
  folder_bar: 'المحادثات المعروضة',
  folder_all: 'الكل',
  folder_unread: 'غير المقروءة',
  folder_new_in: {
    zero: 'لا جديد في المحادثات',
    one: 'محادثة واحدة فيها جديد',
    two: 'محادثتان فيهما جديد',
    few: '{count} محادثات فيها جديد',
    many: '{count} محادثة فيها جديد',
    other: '{count} محادثة فيها جديد',
  },
  folder_menu: 'المجلدات',
  folder_make: 'مجلد جديد',
  folder_name: 'اسم المجلد',
  folder_taken: 'يوجد مجلد بهذا الاسم.',
  folder_long: 'هذا الاسم أطول من اللازم.',
  folder_add: 'إنشاء',
  folder_rename: 'تغيير الاسم',
  folder_earlier: 'تقديمه مكانًا واحدًا',
  folder_later: 'تأخيره مكانًا واحدًا',
  folder_delete: 'حذف المجلد',
  folder_deleted: 'حُذف المجلد {name}، ومحادثاته باقية.',
  folder_none_unread: 'لا شيء غير مقروء.',
  folder_empty: 'لا محادثات في هذا المجلد بعد. تُضاف إليه من قائمة المحادثة.',
  folder_chat: 'مجلدات {who}',
  folder_chat_text: 'قد تكون المحادثة في أكثر من مجلد. لا يراها أحد سواك.',
  folder_chat_none: 'لا مجلدات بعد. أنشئ أولها:',
};

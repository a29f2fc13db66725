/** Arabic, for what nobody needs to see a chat. */

import { settingAr } from '../chats/late-words.ar';
import { emojiAr } from '../emoji/words.ar';
import { foldersAr } from '../folders/words.ar';
import { importsAr } from '../imports/words.ar';
import { laterAr } from '../later/words.ar';
import { galleryAr } from '../gallery/words.ar';
import { libraryAr } from '../library/words.ar';
import { notifyAr } from '../notify/words.ar';
import { peopleAr } from '../people/words.ar';
import { pollsLateAr } from '../polls/words.ar';
import { safetyAr } from '../safety/words.ar';
import { seenAr } from '../seen/words.ar';
import { shortcutsAr } from '../shell/words.ar';
import { storageAr } from '../storage/words.ar';
import type { Twin } from './catalogue';
import type { late as en } from './late-en';

export const late: Twin<typeof en, 'ar'> = {
  ...settingAr,
  ...emojiAr,
  ...foldersAr,
  ...importsAr,
  ...laterAr,
  ...galleryAr,
  ...libraryAr,
  ...notifyAr,
  ...peopleAr,
  ...pollsLateAr,
  ...safetyAr,
  ...seenAr,
  ...shortcutsAr,
  ...storageAr,

  // What was done can be taken back
  undo: 'تراجع',

  // Welcome
  welcome_title: 'تحدّث بحرّية',
  welcome_text: 'X Chat برنامج مراسلة لا تتوسّطه شركة. ما تكتبه مشفّر، ولا يقرؤه إلا من تكتب إليهم.',
  welcome_start: 'ابدأ',
  welcome_starting: 'جارٍ إنشاء شبكتك…',
  welcome_invited: 'لديّ دعوة',
  welcome_restore: 'لديّ حساب من قبل',
  welcome_note: '«ابدأ» ينشئ شبكة خاصة بك يستطيع الآخرون الانضمام إليها. أما بالدعوة فتنضم أنت إلى شبكتهم.',
  invitation_title: 'دعوتك',
  invitation_text: 'الصق الرابط الذي أُعطي لك، أو امسح رمز QR.',
  invitation_restore_text: 'حسابك يعيش في شبكة. الصق دعوة إليها أو امسح رمز QR الخاص بها، ثم يأتي دور اسمك وكلماتك.',
  invitation_label: 'رابط الدعوة',
  invitation_join: 'انضمام',
  invitation_joining: 'جارٍ الانضمام إلى الشبكة…',
  invitation_scan: 'مسح رمز QR',
  scan_title: 'امسح رمز QR',
  scan_text: 'ضع الرمز أمام الكاميرا.',
  scan_file: 'اختيار صورة',
  scan_none: 'لا يوجد رمز QR في هذه الصورة. جرّب صورة أوضح.',
  scan_camera: 'تعذّر استخدام الكاميرا هنا. اختر صورة للرمز أو الصق الرابط.',

  // Name
  name_title: 'اختر اسم المستخدم',
  name_text: 'بهذا الاسم يجدك الناس. يبقى لك، ولا يمكن تغييره لاحقًا.',
  name_label: 'اسم المستخدم',
  name_hint: 'من 3 إلى 32 خانة: حروف a إلى z وأرقام و _',
  name_checking: 'جارٍ التحقق…',
  name_free: 'الاسم ‎@{name}‎ متاح',
  name_taken: 'الاسم ‎@{name}‎ مأخوذ. جرّب غيره.',
  name_reserved: 'الاسم ‎@{name}‎ محجوز. جرّب غيره.',
  name_similar: 'يسهل الخلط بينه وبين ‎@{name}‎ الذي يملكه شخص آخر. جرّب غيره.',
  name_resting: 'جرى التخلي عن ‎@{name}‎. يمكن أخذه من جديد ابتداءً من {day}.',
  name_short: 'ثلاث خانات على الأقل.',
  name_long: '32 خانة على الأكثر.',
  name_letters: 'حروف a إلى z وأرقام و _ فقط.',
  name_unknown: 'تعذّر سؤال الشبكة الآن. يمكنك المحاولة مع ذلك.',
  name_take: 'خذ هذا الاسم',
  name_taking: 'جارٍ تسجيل اسمك. يستغرق ذلك بضع ثوانٍ…',

  // Words
  words_title: 'كلماتك الأربع والعشرون',
  words_why: 'هذه الكلمات هي حسابك: بها تستعيده إن فقدت هذا الحاسوب. اكتبها على ورقة بهذا الترتيب؛ فليست عند أحد غيرك، ولا يستطيع أحد إرسالها إليك مرة أخرى.',
  words_written: 'كتبتها',
  words_skip: 'ليس الآن',
  words_copy: 'نسخ الكلمات',
  words_confirm_title: 'ثلاث منها للتأكد',
  words_confirm_text: 'اكتب الكلمات التي تحمل هذه الأرقام.',
  words_number: 'الكلمة {number}',
  words_wrong: 'ليست هذه الكلمة {number}. راجع ورقتك.',
  words_skip_title: 'المتابعة دون الكلمات؟',
  words_skip_text: 'إن ضاع هذا الحاسوب أو تعطّل ضاع حسابك إلى الأبد: الاسم وجهات الاتصال والرسائل. يمكنك رؤية الكلمات في الإعدادات إلى أن يتوقف X Chat، ولا يمكن ذلك بعدها.',
  words_skip_yes: 'المتابعة دونها',
  words_skip_no: 'أرني الكلمات',

  // Restore
  restore_title: 'استعد حسابك',
  restore_text: 'اكتب اسم المستخدم وكلماتك الأربع والعشرين. الرسائل القديمة لا تعود، أما اسمك وثقة من تراسلهم فتعودان.',
  restore_words: '24 كلمة تفصل بينها مسافات',
  restore_count: {
    zero: 'لا كلمات بعد من 24',
    one: 'كلمة واحدة من 24',
    two: 'كلمتان من 24',
    few: '{count} كلمات من 24',
    many: '{count} كلمة من 24',
    other: '{count} كلمة من 24',
  },
  restore_do: 'استعادة',
  restore_doing: 'جارٍ استعادة حسابك. لحظات…',

  // Unlock
  unlock_title: 'أهلًا بعودتك',
  unlock_text: 'هذا الملف الشخصي محميّ بعبارة مرور.',
  unlock_label: 'عبارة المرور',
  unlock_do: 'فتح',
  unlock_doing: 'جارٍ الفتح…',
  show_passphrase: 'إظهار عبارة المرور',
  hide_passphrase: 'إخفاء عبارة المرور',

  // New chat
  new_title: 'محادثة جديدة',
  new_label: 'اسم المستخدم',
  new_text: 'اكتب اسم المستخدم ‎@‎ لمن تريد مراسلته.',
  new_do: 'بدء المحادثة',
  new_doing: 'جارٍ البحث عن ‎@{name}‎…',

  // Request
  request_title: '‎@{name}‎ يريد مراسلتك',
  request_since: 'سُجِّل هذا الاسم في {date}.',
  request_new: 'هذا الاسم جديد: سُجِّل في {date}. تمهّل قبل أن تقبل.',
  request_unknown: 'لا يُعرف متى سُجِّل هذا الاسم.',
  request_came: 'وصل الطلب {when}.',
  request_explain: 'لن يعرف أنك قرأت هذا ما لم تقبل.',
  request_accept: 'قبول',
  request_delete: 'حذف',
  request_accepting: 'جارٍ القبول…',

  // Settings
  settings_title: 'الإعدادات',
  settings_profile: 'الملف الشخصي «{name}»',
  settings_look: 'المظهر',
  settings_language: 'اللغة',
  settings_language_auto: 'حسب المتصفح',
  settings_theme: 'السمة',
  theme_system: 'حسب النظام',
  theme_light: 'فاتحة',
  theme_dark: 'داكنة',
  theme_contrast: 'تباين عالٍ',
  settings_size: 'حجم النص',
  size_small: 'صغير',
  size_normal: 'عادي',
  size_large: 'كبير',
  size_huge: 'كبير جدًا',
  settings_security: 'الأمان',
  settings_passphrase: 'عبارة المرور',
  passphrase_on: 'تُطلب كلما بدأ X Chat.',
  passphrase_off: 'من دونها يستطيع من يحصل على هذا القرص قراءة رسائلك.',
  passphrase_set: 'تعيين عبارة مرور',
  passphrase_change: 'تغيير',
  passphrase_new: 'عبارة المرور الجديدة',
  passphrase_repeat: 'مرة أخرى',
  passphrase_differ: 'العبارتان غير متطابقتين.',
  passphrase_short: '8 خانات على الأقل.',
  passphrase_warn: 'لا سبيل إلى تجاوز عبارة مرور منسية. كلماتك الأربع والعشرون تعيد الحساب لا الرسائل.',
  passphrase_done: 'تم تعيين عبارة المرور.',
  passphrase_removed: 'تمت إزالة عبارة المرور.',
  passphrase_remove_title: 'إزالة عبارة المرور؟',
  settings_account: 'الحساب',
  settings_words: 'كلماتك الأربع والعشرون',
  words_there: 'لم تؤكَّد بعد. تُنسى حين يتوقف X Chat.',
  words_show: 'عرض',
  settings_network: 'الشبكة',
  settings_invite: 'ادعُ الآخرين',
  report_node: 'العقدة',
  report_own: 'هذا الحاسوب يشغّل عقدة من عقد الشبكة',
  report_reachable: 'تجيب',
  report_unreachable: 'لا تجيب',
  report_unasked: 'لم تُسأل بعد',
  report_direct: {
    zero: 'لا اتصال مباشرًا بأحد',
    one: 'اتصال مباشر بشخص واحد',
    two: 'اتصال مباشر بشخصين',
    few: 'اتصال مباشر بـ{count} أشخاص',
    many: 'اتصال مباشر بـ{count} شخصًا',
    other: 'اتصال مباشر بـ{count} شخص',
  },
  report_nobody: 'لا اتصال مباشرًا بأحد في هذه اللحظة',
  report_clock_ok: 'ساعة هذا الحاسوب توافق ساعة الشبكة',
  report_clock_off: 'ساعة هذا الحاسوب تختلف عن ساعة الشبكة بـ{seconds} ثانية',
  report_refresh: 'إعادة الفحص',
  settings_about: 'عن البرنامج',
  about_text: 'X Chat {version}. برنامج حرّ؛ رسائلك على أجهزتك وعلى عقد شبكتك، وليست في أي مكان آخر.',
};

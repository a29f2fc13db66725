/** The texts of the safety page, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { safetyEn } from './words';

export const safetyAr: Twin<typeof safetyEn, 'ar'> = {
  safety_title: 'رقم الأمان',
  safety_how: 'ليقرأ كل منكما هذه الأرقام للآخر، وجهًا لوجه أو في مكالمة تعرف فيها الصوت. إن تطابقت كلها فلا أحد بينكما.',
  safety_numbers: 'رقم الأمان، اثنتا عشرة مجموعة',
  safety_qr: 'رمز QR من جهتك، ليمسحه {who}',
  safety_scan: 'امسح رمزه',
  safety_scan_text: 'ليفتح {who} هذه الصفحة نفسها، ثم ضع رمزه أمام هذه الكاميرا.',
  safety_paste: 'أو الصق الرمز الذي نسخه لك',
  safety_compare: 'مقارنة',
  safety_copy_code: 'نسخ الرمز',
  safety_copy_numbers: 'نسخ الأرقام',
  safety_same: 'الرقم نفسه لدى الطرفين. تم التحقق من {who}.',
  safety_differs: 'الرقمان مختلفان. تأكدا من أن كلًّا منكما فتح هذه الصفحة في محادثته مع الآخر. فإن بقيا مختلفين فلا تكتب هنا شيئًا سرّيًا.',
  safety_replaced_text: 'هذا رقم مفتاح {who} القديم. عاد {who} بمفتاح جديد: قارنا رقم المحادثة الأحدث.',
  safety_mark: 'الأرقام متطابقة',
  safety_unmark: 'إزالة العلامة',
  safety_accept: 'قبول دون مقارنة',
  safety_proof: 'ما تقوله الشبكة',
  safety_proof_text: 'يقول دليل الأسماء العام إن هذه مفاتيح {who}. وقد تحقّق هذا الجهاز من البرهان بنفسه:',
  safety_proof_block: 'كتلة الدليل',
  safety_proof_block_of: '{height}، في {when}',
  safety_proof_signed: 'المشغّلون الذين وقّعوها',
  safety_proof_share: '{some} من {all}',
  safety_proof_nodes: 'العقد المتفقة ممّا سُئل',
  safety_proof_checked: 'وقت التحقق',
  safety_proof_single: 'لم يمكن سؤال سوى عقدة واحدة. قد يُخفي صاحبها كتلة أحدث، ومقارنة الأرقام تنفي ذلك.',
  safety_proof_fewer: 'العقدة التي لم تُجب أو تأخّرت عن غيرها لا تُعدّ متفقة.',
  safety_proof_none: 'لم يرَ هذا الجهاز بعد برهان الدليل عن {who}. ومقارنة الأرقام لا تحتاج إليه.',
};

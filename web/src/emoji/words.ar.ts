/** The texts of the emojis, in Arabic. */

import type { Twin } from '../i18n/catalogue';
import type { emojiEn } from './words';

export const emojiAr: Twin<typeof emojiEn, 'ar'> = {
  emoji_search: 'ابحث في الرموز التعبيرية',
  emoji_none: 'لا رمز بهذا الاسم.',
  emoji_found: {
    zero: 'لم يُعثر على رموز',
    one: 'عُثر على رمز واحد',
    two: 'عُثر على رمزين',
    few: 'عُثر على {count} رموز',
    many: 'عُثر على {count} رمزًا',
    other: 'عُثر على {count} رمز',
  },
  emoji_tone: 'لون البشرة',
  emoji_tone_0: 'أصفر',
  emoji_tone_1: 'فاتح',
  emoji_tone_2: 'فاتح إلى متوسط',
  emoji_tone_3: 'متوسط',
  emoji_tone_4: 'متوسط إلى داكن',
  emoji_tone_5: 'داكن',
  emoji_groups: 'مجموعات الرموز',
  emoji_used: 'استُعملت مؤخرًا',
  emoji_smileys: 'وجوه ومشاعر',
  emoji_people: 'أشخاص',
  emoji_nature: 'حيوانات وطبيعة',
  emoji_food: 'طعام وشراب',
  emoji_travel: 'سفر وأماكن',
  emoji_activities: 'أنشطة',
  emoji_objects: 'أشياء',
  emoji_symbols: 'علامات',
  emoji_flags: 'أعلام',
  emoji_completion: 'رموز لما تكتبه',
  mention_completion: 'أشخاص بأسماء كهذه',
  mention_found: {
    zero: 'لم يُعثر على أحد',
    one: 'عُثر على شخص واحد',
    two: 'عُثر على شخصين',
    few: 'عُثر على {count} أشخاص',
    many: 'عُثر على {count} شخصًا',
    other: 'عُثر على {count} شخص',
  },
};

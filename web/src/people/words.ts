/** The texts of what people say of themselves. */

export const peopleEn = {
  me_title: 'About you',
  me_text: 'People you talk with see this. No node does, and no stranger.',
  me_picture: 'Picture',
  me_picture_text: 'Its middle is cut out and made small. Where and when it was taken is removed.',
  me_picture_choose: 'Choose a picture',
  me_picture_change: 'Change',
  me_picture_bad: 'This can’t be your picture. Choose a JPEG, PNG, WebP or GIF of at most 32 MB.',
  me_name: 'Name',
  me_name_hint: 'Shown beside your username. You are still found by your username only.',
  me_bio: 'A few words',
  me_long: 'This is too long.',
  me_saved: 'Saved. The people you talk with see it.',
} as const;

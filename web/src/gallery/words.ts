/** The texts of what a chat holds besides words. */

export const galleryEn = {
  gallery_title: 'Pictures, files and links',
  gallery_kinds: 'What is shown',
  gallery_media: 'Pictures and videos',
  gallery_files: 'Files',
  gallery_sounds: 'Sounds',
  gallery_links: 'Links',
  gallery_media_none: 'No pictures or videos here yet.',
  gallery_files_none: 'No files here yet.',
  gallery_sounds_none: 'No voice messages or other sounds here yet.',
  gallery_links_none: 'No links here yet.',
  gallery_go: 'Show in the chat',
} as const;

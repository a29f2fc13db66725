/** What of files and folders may be a picture for the library. */

/** Larger ones are not prepared by the daemon either. */
const BYTES_MAX = 64 * 1024 * 1024;
/** Of folders: whoever has more gives them in parts. */
export const FILES_MAX = 4_096;
const ENDING = /\.(gif|webp|png|apng|jpe?g)$/i;

/** By its name: what it is in truth, the daemon says. */
export function isLikely(file: { name: string; size: number }): boolean {
  return ENDING.test(file.name) && file.size < BYTES_MAX;
}

/** Several tags, as somebody types them, each once. */
export function tagsOf(text: string): string[] {
  const tags = text.split(/[,،;؛\n]/).map((tag) => tag.trim().replace(/\s+/g, ' '));
  return [...new Set(tags.filter((tag) => tag !== ''))];
}

function read(folder: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => folder.readEntries(resolve, reject));
}

async function walk(entry: FileSystemEntry, found: File[]): Promise<void> {
  if (found.length >= FILES_MAX) return;
  if (entry.isFile) {
    found.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
    return;
  }
  const folder = (entry as FileSystemDirectoryEntry).createReader();
  // A folder is read in parts, until one is empty.
  for (let some = await read(folder); some.length > 0; some = await read(folder))
    for (const one of some) await walk(one, found);
}

/** What was dropped: files as they are, and of folders what may be a picture. */
export async function dropped(data: DataTransfer): Promise<File[]> {
  // Before anything is waited for: the browser forgets it.
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return [...data.files];
  const all: File[] = [];
  for (const entry of entries) {
    const found: File[] = [];
    await walk(entry, found);
    all.push(...(entry.isDirectory ? found.filter(isLikely) : found));
  }
  return all;
}

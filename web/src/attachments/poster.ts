/** A picture of a film: the browser can decode it, the daemon doesn't. */

/** A film that tells nothing in this time has no picture, in milliseconds. */
const PATIENCE_MS = 8_000;
const LONG_SIDE = 1024;

/** A picture from near its beginning, as a JPEG; nothing when this browser can't show it. */
export async function posterOf(file: File): Promise<Blob | null> {
  const url = URL.createObjectURL(file);
  const film = document.createElement('video');
  film.muted = true;
  film.preload = 'auto';
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('late')), PATIENCE_MS);
      film.onerror = () => reject(new Error('not shown here'));
      film.onloadeddata = () => {
        // The very first picture is often black.
        film.currentTime = Math.min(1, (Number.isFinite(film.duration) ? film.duration : 0) / 4);
      };
      film.onseeked = () => {
        clearTimeout(late);
        resolve();
      };
      film.src = url;
    });
    return await drawn(film);
  } catch {
    return null;
  } finally {
    film.removeAttribute('src');
    film.load();
    URL.revokeObjectURL(url);
  }
}

async function drawn(film: HTMLVideoElement): Promise<Blob | null> {
  const scale = Math.min(1, LONG_SIDE / Math.max(film.videoWidth, film.videoHeight));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(film.videoWidth * scale);
  canvas.height = Math.round(film.videoHeight * scale);
  const context = canvas.getContext('2d');
  if (context === null || canvas.width === 0 || canvas.height === 0) return null;
  context.drawImage(film, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85));
}

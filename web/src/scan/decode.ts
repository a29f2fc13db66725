/** Reads a QR code from a picture: the browser's own reader where there is one, else ours, loaded when needed. */

type Detector = { detect: (source: ImageBitmapSource) => Promise<{ rawValue: string }[]> };
type DetectorClass = {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats: () => Promise<string[]>;
};

/** More dots than this tell nothing new and cost time. */
const LARGEST_SIDE = 1200;

async function ownDetector(): Promise<Detector | null> {
  const found = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (found === undefined) return null;
  const formats = await found.getSupportedFormats().catch((): string[] => []);
  return formats.includes('qr_code') ? new found({ formats: ['qr_code'] }) : null;
}

export type Reader = (source: HTMLVideoElement | ImageBitmap) => Promise<string | null>;

/** A reader for many pictures. */
export async function reader(): Promise<Reader> {
  const detector = await ownDetector();
  if (detector !== null) {
    return async (source) => (await detector.detect(source))[0]?.rawValue ?? null;
  }
  const { default: decode } = await import('qr/decode.js');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (source) => {
    const [width, height] =
      source instanceof HTMLVideoElement
        ? [source.videoWidth, source.videoHeight]
        : [source.width, source.height];
    const scale = Math.min(1, LARGEST_SIDE / Math.max(width, height, 1));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    if (context === null || canvas.width === 0 || canvas.height === 0) return Promise.resolve(null);
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    try {
      return Promise.resolve(decode({ width: canvas.width, height: canvas.height, data }));
    } catch {
      return Promise.resolve(null);
    }
  };
}

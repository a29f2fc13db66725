/** A voice message while it is spoken. Nothing leaves this page before it is sent. */

/** Longer than anybody listens to. */
export const LONGEST_MS = 30 * 60_000;
/** As many as a message carries. */
export const PEAKS = 64;
/** How often the loudness is looked at while one speaks, in milliseconds. */
const LOOK_MS = 50;

const TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];

export type Voice = { file: File; duration_ms: number; waveform: number[] };

/** The loudest of each of so many equal parts, where the loudest of all is 255. */
export function peaksOf(loudness: readonly number[], count = PEAKS): number[] {
  const most = Math.max(0, ...loudness.filter(Number.isFinite));
  return Array.from({ length: count }, (_, part) => {
    const from = Math.floor((part * loudness.length) / count);
    const to = Math.max(from + 1, Math.floor(((part + 1) * loudness.length) / count));
    const loudest = Math.max(0, ...loudness.slice(from, to).filter(Number.isFinite));
    return most === 0 ? 0 : Math.round((loudest / most) * 255);
  });
}

export class Recording {
  /** So long it is by now. */
  ms = $state(0);
  /** The last loudnesses, from 0 to 1, for the eye. */
  recent: readonly number[] = $state.raw([]);
  #loudness: number[] = [];
  #recorder: MediaRecorder;
  #pieces: Blob[] = [];
  #stream: MediaStream;
  #context: AudioContext;
  #timer: ReturnType<typeof setInterval>;
  #began = performance.now();

  private constructor(stream: MediaStream, onfull: () => void) {
    this.#stream = stream;
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(stream, {
      audioBitsPerSecond: 32_000,
      ...(mimeType === undefined ? {} : { mimeType }),
    });
    this.#recorder.ondataavailable = (event) => this.#pieces.push(event.data);
    this.#context = new AudioContext();
    const ear = this.#context.createAnalyser();
    ear.fftSize = 1024;
    this.#context.createMediaStreamSource(stream).connect(ear);
    const samples = new Float32Array(ear.fftSize);
    this.#timer = setInterval(() => {
      this.ms = performance.now() - this.#began;
      ear.getFloatTimeDomainData(samples);
      const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      this.#loudness.push(loudest);
      this.recent = this.#loudness.slice(-48);
      if (this.ms >= LONGEST_MS) onfull();
    }, LOOK_MS);
    this.#recorder.start(1000);
  }

  /** Throws what the browser throws when there is no microphone, or none for this page. */
  static async begin(onfull: () => void): Promise<Recording> {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, channelCount: 1 },
    });
    return new Recording(stream, onfull);
  }

  /** Ends it and gives what was recorded. */
  async end(): Promise<Voice> {
    const duration_ms = Math.round(performance.now() - this.#began);
    const type = this.#recorder.mimeType.split(';')[0] ?? 'audio/webm';
    if (this.#recorder.state !== 'inactive') {
      const stopped = new Promise<void>((resolve) => (this.#recorder.onstop = () => resolve()));
      this.#recorder.stop();
      await stopped;
    }
    this.#close();
    const ending = type.endsWith('mp4') ? 'm4a' : (type.split('/')[1] ?? 'webm');
    return {
      file: new File(this.#pieces, `voice.${ending}`, { type }),
      duration_ms,
      waveform: peaksOf(this.#loudness),
    };
  }

  /** Ends it and keeps nothing. */
  drop(): void {
    this.#recorder.ondataavailable = null;
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    this.#pieces = [];
    this.#close();
  }

  #close(): void {
    clearInterval(this.#timer);
    for (const track of this.#stream.getTracks()) track.stop();
    void this.#context.close();
  }
}

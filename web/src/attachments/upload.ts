/** Giving a file to the daemon. By the older interface: the newer one doesn't tell how far a body has gone. */

import { GONE, Refusal } from '../api/client';
import { storedToken } from '../api/session';
import type { Failure, Quality, Upload } from '../api/types';

/** How long a voice message is, and its loudness in so many parts. */
export type Heard = { duration_ms: number; waveform: number[] };

export type Running = {
  /** Throws a `Refusal`. */
  done: Promise<Upload>;
  stop: () => void;
};

/** Somebody stopped it. */
export const STOPPED = 'stopped';

function refusal(code: string, message: string, status: number): Refusal {
  return new Refusal({ kind: 'failed', code, message, retryable: true }, status);
}

export function upload(file: File, quality: Quality, onprogress: (share: number) => void): Running {
  const request = new XMLHttpRequest();
  const done = new Promise<Upload>((resolve, reject) => {
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onprogress(event.loaded / event.total);
    };
    request.onload = () => {
      let body: unknown = null;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        body = null;
      }
      if (request.status >= 200 && request.status < 300) {
        resolve(body as Upload);
        return;
      }
      const failure = (body as { error?: Failure } | null)?.error;
      reject(failure === undefined ? refusal('bug', request.statusText, request.status) : new Refusal(failure, request.status));
    };
    request.onerror = () => reject(refusal(GONE, 'X Chat is not running', 0));
    request.onabort = () => reject(refusal(STOPPED, '', 0));
  });
  request.open('POST', `/api/uploads?${new URLSearchParams({ name: file.name, quality }).toString()}`);
  const token = storedToken();
  if (token !== null) request.setRequestHeader('authorization', `Bearer ${token}`);
  request.setRequestHeader('content-type', 'application/octet-stream');
  request.send(file);
  return { done, stop: () => request.abort() };
}

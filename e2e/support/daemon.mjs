/** The real program on profiles in a folder of their own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = process.env.XCHAT_PROGRAM ?? join(root, 'target/debug/xchat');

/** Nothing that is waited for takes this long, unless it never comes. */
export const PATIENCE_MS = Number(process.env.XCHAT_PATIENCE_MS ?? 60_000);

/** A folder of profiles, and what runs on them. */
export class World {
  /** @type {Set<Running>} */
  #running = new Set();

  static async make() {
    return new World(await mkdtemp(join(tmpdir(), 'xchat-page-')));
  }

  constructor(folder) {
    this.folder = folder;
  }

  /** Starts something that runs on, and waits until it says so. */
  async start(profile, args = []) {
    const running = new Running(this.#spawn(profile, ['--json', ...args]));
    this.#running.add(running);
    await running.line((line) => line.type === 'started');
    return running;
  }

  /** Starts a profile with its page. */
  page(profile, args = []) {
    return this.start(profile, ['--loopback', '--no-open', ...args]);
  }

  /** Starts somebody who has joined a network already and needs no page for it. */
  member(profile, name, invitation) {
    return this.page(profile, ['--join', invitation, '--name', name, '--no-confirm']);
  }

  /** Starts a stand-alone node. */
  node(listen = '127.0.0.1:0') {
    return this.start('default', ['node', '--listen', listen]);
  }

  /** Runs a command to its end, with a text to read if it wants one; it must succeed. Gives its lines. */
  async run(profile, args, input = '') {
    const child = this.#spawn(profile, ['--json', ...args], 'pipe');
    // A command that reads nothing may have ended already.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    let out = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`xchat ${args.join(' ')} ended with ${code}: ${errors}`);
    return out.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  async end() {
    await Promise.all([...this.#running].map((running) => running.kill()));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #spawn(profile, args, stdin = 'ignore') {
    const { XCHAT_PROFILE: _, DISPLAY: __, WAYLAND_DISPLAY: ___, ...env } = process.env;
    return spawn(program, ['--profile', profile, ...args], {
      env: { ...env, XCHAT_DATA_DIR: this.folder },
      stdio: [stdin, 'pipe', 'pipe'],
    });
  }
}

/** A process that runs on. */
class Running {
  #child;
  #lines = [];
  #errors = '';
  #listeners = new Set();

  constructor(child) {
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (text) => {
      this.#lines.push(JSON.parse(text));
      for (const listener of this.#listeners) listener();
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (this.#errors += text));
    child.on('exit', () => {
      for (const listener of this.#listeners) listener();
    });
  }

  /** The first line that is wanted, printed already or still to come. */
  line(wanted) {
    return new Promise((resolve, reject) => {
      const give = (settle, value) => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        settle(value);
      };
      const look = () => {
        const found = this.#lines.find(wanted);
        if (found !== undefined) give(resolve, found);
        else if (this.#child.exitCode !== null) give(reject, new Error(`it ended: ${this.#errors}`));
      };
      const late = () => give(reject, new Error(`waited in vain; printed: ${JSON.stringify(this.#lines)}`));
      const timer = setTimeout(late, PATIENCE_MS);
      this.#listeners.add(look);
      look();
    });
  }

  /** What it printed when it had started. */
  get started() {
    return this.#lines.find((line) => line.type === 'started');
  }

  /** The address of the page. It opens once. */
  get address() {
    return this.started.page;
  }

  get port() {
    return Number(new URL(this.address).port);
  }

  get invitation() {
    return this.started.invitation?.link;
  }

  /** As a crash ends it. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** As a service manager ends it. */
  async stop() {
    await this.#end('SIGTERM');
  }

  async #end(signal) {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }
}

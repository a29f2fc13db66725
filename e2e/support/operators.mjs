/** Networks of operators with machines of their own. */

import { createServer } from 'node:net';
import { join } from 'node:path';

import { PATIENCE_MS } from './daemon.mjs';

const NAMES = ['alpha', 'beta', 'gamma', 'delta'];

/** A port that nobody uses. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An operator's machine. */
export class Machine {
  static async make(world, name) {
    const machine = new Machine(world, name, await freePort(), await freePort());
    const args = ['node', 'key', '--node-dir', machine.folder, '--name', name, '--at', '127.0.0.1'];
    const [{ operator }] = await world.run('default', [
      ...args,
      ...['--port', String(machine.port), '--consensus-port', String(machine.consensus)],
    ]);
    machine.line = operator;
    return machine;
  }

  constructor(world, name, port, consensus) {
    Object.assign(this, { world, name, port, consensus, folder: join(world.folder, `machine-${name}`) });
  }

  /** Starts it, in the network of a file at the first time. Gives its invitation. */
  async start(file) {
    const first = file === undefined ? [] : ['--network', file, '--consensus-listen', `127.0.0.1:${this.consensus}`];
    const args = ['node', '--node-dir', this.folder, '--listen', `127.0.0.1:${this.port}`, ...first];
    this.running = await this.world.start('default', args);
    return this.running.invitation;
  }

  async stop() {
    await this.running.stop();
  }
}

/** Operators' machines that have not been started, and the file of their network. */
export async function planned(world, count, args = []) {
  const machines = [];
  for (const name of NAMES.slice(0, count)) machines.push(await Machine.make(world, name));
  const file = join(world.folder, 'network.txt');
  const wish = ['network', 'create', '--out', file, '--registration-bits', '2', ...args];
  await world.run('default', [...wish, ...machines.flatMap(({ line }) => ['--operator', line])]);
  return { machines, file };
}

/** A running network of so many operators. Gives their invitations. */
export async function networkOf(world, count) {
  const { machines, file } = await planned(world, count);
  const links = await Promise.all(machines.map((machine) => machine.start(file)));
  await decides(world, file);
  return links;
}

/** The height that the operators have decided, 0 while nobody can say. */
export async function heightOf(world, file) {
  const [view] = await world.run('default', ['network', 'status', '--network', file]).catch(() => [{ height: 0 }]);
  return view.height;
}

/** Waits until the operators have decided something. */
export async function decides(world, file) {
  const end = Date.now() + PATIENCE_MS;
  while ((await heightOf(world, file)) === 0) {
    if (Date.now() > end) throw new Error('the operators decide nothing');
  }
}

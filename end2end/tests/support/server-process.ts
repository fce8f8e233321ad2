// A server in a process of its own.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { binary, settings as usual } from './server-binary';

export class Node {
  private constructor(
    /** Where it listens. */
    readonly address: string,
    private readonly data: string,
    private readonly halt: () => Promise<unknown>,
  ) {}

  static async start(settings: Record<string, string>, folder?: string) {
    const data = folder ?? (await mkdtemp(join(tmpdir(), 'doorward-')));
    const server = spawn(binary, {
      env: {
        ...process.env,
        ...usual,
        DOORWARD_LISTEN: '127.0.0.1:0',
        DOORWARD_DATA_DIR: data,
        DOORWARD_LOG: 'error',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => server.once('exit', resolve));
    const address = await new Promise<string>((resolve, reject) => {
      createInterface(server.stdout).on('line', (line) => {
        const listening = /listening on ([\d.:]+)/.exec(line);
        if (listening) resolve(listening[1]);
      });
      server.once('error', reject);
      void ended.then(() => reject(new Error('The server has not started.')));
    });
    return new Node(`http://${address}`, data, () => {
      server.kill('SIGTERM');
      return ended;
    });
  }

  async stop() {
    await this.halt();
    await rm(this.data, { recursive: true, force: true });
  }

  /** Stops, and starts with other settings on the same data. */
  async restart(settings: Record<string, string>) {
    await this.halt();
    return Node.start(settings, this.data);
  }
}

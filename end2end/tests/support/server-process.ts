// A server process on a free port, with a data directory of its own.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { binaryFor, testSettings } from './server-binary';

export class ServerProcess {
  private constructor(
    readonly origin: string,
    private readonly dataDir: string,
    private readonly binary: string,
    private readonly terminate: () => Promise<unknown>,
  ) {}

  static async start(settings: Record<string, string>, existingDataDir?: string) {
    const dataDir = existingDataDir ?? (await mkdtemp(join(tmpdir(), 'doorward-')));
    const binary = binaryFor(settings);
    const child = spawn(binary, {
      env: {
        ...process.env,
        ...testSettings,
        DOORWARD_LISTEN: '127.0.0.1:0',
        DOORWARD_DATA_DIR: dataDir,
        DOORWARD_LOG: 'error',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const address = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => {
        const listening = /listening on ([\d.:]+)/.exec(line);
        if (listening) resolve(listening[1]);
      });
      child.once('error', reject);
      void exited.then(() => reject(new Error('The server exited before it was listening.')));
    });
    return new ServerProcess(`http://${address}`, dataDir, binary, () => {
      child.kill('SIGTERM');
      return exited;
    });
  }

  /** Runs a command on the data of this server, as an operator does. */
  runCommand(...args: string[]) {
    execFileSync(this.binary, args, { env: { ...process.env, DOORWARD_DATA_DIR: this.dataDir } });
  }

  /** Makes the last proof of every session's user an hour old, as if that time had passed. Access tokens follow with the next refresh. */
  ageProofs() {
    const statement = 'update sessions set auth_time = ?';
    const script = `import sqlite3, sys, time
with sqlite3.connect(sys.argv[1], timeout=10) as database:
    database.execute('${statement}', (int((time.time() - 3600) * 1000),))`;
    execFileSync('python3', ['-c', script, join(this.dataDir, 'doorward.db')]);
  }

  async stop() {
    await this.terminate();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Restarts with other settings on the same data. */
  async restart(settings: Record<string, string>) {
    await this.terminate();
    return ServerProcess.start(settings, this.dataDir);
  }
}

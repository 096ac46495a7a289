import { defineConfig } from '@playwright/test';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// End-to-end tests with the real binary, its own Postgres and Debian's Chromium. Two workers run at
// a time, each with a server of its own on a port of its own, so that they share no person and no
// room. A server keeps its data in a temporary folder that its database user can access. For two
// runs on one machine, set E2E_PORT values 50 apart.
const PLACES = 2;
const FIRST = Number(process.env['E2E_PORT'] ?? 9301);
const portOf = (place: number): number => FIRST + 10 * place;
const dataOf = (place: number): string => join(tmpdir(), `amends-e2e-${portOf(place)}`);
const places = Array.from({ length: PLACES }, (_, place) => place);

/** The server of this worker process. */
const place = Number(process.env['TEST_PARALLEL_INDEX'] ?? 0);
export const PORT = portOf(place);
export const DATA = dataOf(place);

if (process.env['TEST_WORKER_INDEX'] === undefined) {
  for (const folder of places.map(dataOf)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o711 });
  }
}

export default defineConfig({
  testDir: 'e2e',
  workers: PLACES,
  fullyParallel: true,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  globalTimeout: 30 * 60_000,
  forbidOnly: true,
  reporter: [['list'], ['./e2e/reasons.ts']],
  use: {
    baseURL: `http://localhost:${PORT}`,
    locale: 'en-US',
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-dev-shm-usage',
      ],
    },
  },
  webServer: places.map((place) => ({
    command: `../bin/amends demo --data ${dataOf(place)} --listen 127.0.0.1:${portOf(place)}`,
    url: `http://127.0.0.1:${portOf(place)}/readyz`,
    reuseExistingServer: false,
    timeout: 120_000,
    gracefulShutdown: { signal: 'SIGINT' as const, timeout: 20_000 },
  })),
});

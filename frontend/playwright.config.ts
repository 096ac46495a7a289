import { defineConfig } from '@playwright/test';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Real journeys: the real binary with its own Postgres, Debian's Chromium. The demo listens on
// a port of its own and keeps its data in a throwaway folder that its database user can enter.
// Two runs on one machine, in two checkouts, take E2E_PORT 50 apart.
export const PORT = Number(process.env['E2E_PORT'] ?? 9301);
export const DATA = join(tmpdir(), `amends-e2e-${PORT}`);

if (process.env['TEST_WORKER_INDEX'] === undefined) {
  rmSync(DATA, { recursive: true, force: true });
  mkdirSync(DATA, { recursive: true, mode: 0o711 });
}

export default defineConfig({
  testDir: 'e2e',
  // One at a time: a journey has up to six windows and a server, and two on two cores take longer
  // than one after the other.
  workers: 1,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  globalTimeout: 30 * 60_000,
  forbidOnly: true,
  reporter: [['list']],
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
  webServer: {
    command: `../bin/amends demo --data ${DATA} --listen 127.0.0.1:${PORT}`,
    url: `http://127.0.0.1:${PORT}/readyz`,
    reuseExistingServer: false,
    timeout: 120_000,
    gracefulShutdown: { signal: 'SIGINT', timeout: 20_000 },
  },
});

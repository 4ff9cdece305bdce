// Draws a dashboard: asks a Prometheus what Grafana would ask it, and lets Chromium paint the answers.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { Prometheus } from './prometheus.mjs';
import { panelsOf, variablesOf } from './variables.mjs';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    prometheus: { type: 'string', default: 'http://127.0.0.1:9090' },
    var: { type: 'string', multiple: true, default: [] }, // account=main; again for further values
    to: { type: 'string' }, // Unix time in seconds; now
    from: { type: 'string' }, // such as now-6h; what the dashboard says
    theme: { type: 'string', default: 'dark' },
    width: { type: 'string', default: '1600' },
    out: { type: 'string', default: 'dashboard.png' },
  },
});

const CELL = 38; // Grafana's grid: 30 pixels and a margin of 8
const HEADER = 96;

const dashboard = JSON.parse(readFileSync(positionals[0], 'utf8'));
const width = Number(flags.width);
const to = Number(flags.to ?? Math.floor(Date.now() / 1000));
const range = { to, from: to - seconds((flags.from ?? dashboard.time.from).replace('now-', '')) };

const prometheus = new Prometheus(flags.prometheus, range);
const variables = await variablesOf(dashboard, prometheus, flags.var);
const panels = panelsOf(dashboard, variables);
for (const panel of panels) {
  const pixels = Math.floor((panel.gridPos.w * (width - 16)) / 24) - 24;
  panel.answers = await Promise.all((panel.targets ?? []).map((t) => prometheus.ask(t, panel, variables, pixels)));
}
const annotations = await Promise.all(
  dashboard.annotations.list.map(async (a) => ({ ...a, regions: await prometheus.regions(a, variables) })),
);
const height = HEADER + CELL * Math.max(...panels.map((p) => p.gridPos.y + p.gridPos.h));
await paint({ dashboard, variables, panels, annotations, range, width, theme: flags.theme, cell: CELL }, height);

const empty = panels.filter((p) => p.targets && p.answers.every((a) => a.result.length === 0));
console.log(`${flags.out}: ${panels.length} panels, ${empty.length} without data: ${empty.map((p) => p.title).join(', ')}`);

async function paint(what, height) {
  const folder = mkdtempSync(join(tmpdir(), 'draw-'));
  try {
    const script = join(folder, 'page.js');
    await build({
      entryPoints: [new URL('page/main.js', import.meta.url).pathname],
      outfile: script,
      bundle: true,
      format: 'iife',
      logLevel: 'error',
      define: { 'process.env.NODE_ENV': '"production"' },
    });
    const style = ['page/style.css', 'node_modules/uplot/dist/uPlot.min.css']
      .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
      .join('\n');
    const data = JSON.stringify(what).replaceAll('<', '\\u003c');
    const page = join(folder, 'page.html');
    writeFileSync(
      page,
      `<!doctype html><meta charset="utf-8"><style>${style}</style><body class="${what.theme}">` +
        `<script>window.drawing = ${data}</script><script src="page.js"></script>`,
    );
    execFileSync(
      'chromium',
      [
        '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--hide-scrollbars',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
        `--user-data-dir=${join(folder, 'profile')}`, `--window-size=${what.width},${height}`,
        `--screenshot=${flags.out}`, `file://${page}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function seconds(duration) {
  return Number.parseInt(duration, 10) * { s: 1, m: 60, h: 3600, d: 86400 }[duration.at(-1)];
}

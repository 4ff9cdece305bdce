// Asks Prometheus in the way of Grafana's data source.
import { fill } from './variables.mjs';

const SCRAPE = 15;

export class Prometheus {
  constructor(url, range) {
    this.url = url;
    this.range = range;
  }

  async #get(path, parameters) {
    const answer = await fetch(`${this.url}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) });
    const body = await answer.json();
    if (body.status !== 'success') throw new Error(`${body.error}: ${parameters.query}`);
    return body.data;
  }

  /// The values of a label, in order.
  async labels(selector, name) {
    const series = await this.#get('series', { 'match[]': selector, start: this.range.from, end: this.range.to });
    return [...new Set(series.map((s) => s[name]).filter(Boolean))].sort();
  }

  /// The answer to a query of a panel that is so many pixels wide.
  async ask(target, panel, variables, pixels) {
    const step = this.#step(pixels, panel.interval);
    const query = fill(target.expr, variables, {
      __rate_interval: `${Math.max(4 * SCRAPE, step + SCRAPE)}s`,
      __range: `${this.range.to - this.range.from}s`,
      __interval: `${step}s`,
    });
    const about = { refId: target.refId, legend: target.legendFormat ?? '', table: target.format === 'table' };
    if (target.instant) {
      const { result } = await this.#get('query', { query, time: this.range.to });
      return { ...about, result: result.map((r) => ({ metric: r.metric, values: [r.value] })) };
    }
    const { result } = await this.#series(query, step);
    return { ...about, result };
  }

  /// When an annotation holds: from, to and title.
  async regions(annotation, variables) {
    const step = Math.max(Number.parseInt(annotation.step, 10), this.#step(1000));
    const query = fill(annotation.expr, variables, { __rate_interval: `${step + SCRAPE}s` });
    const { result } = await this.#series(query, step);
    return result.flatMap(({ values }) => {
      const regions = [];
      for (const [time] of values) {
        const last = regions.at(-1);
        if (last && time - last.to <= step) last.to = time;
        else regions.push({ from: time, to: time });
      }
      return regions;
    });
  }

  async #series(query, step) {
    const start = Math.floor(this.range.from / step) * step;
    return this.#get('query_range', { query, start, end: Math.floor(this.range.to / step) * step, step });
  }

  #step(pixels, interval) {
    const exact = (this.range.to - this.range.from) / pixels;
    const least = interval === '1d' ? 86400 : SCRAPE;
    const round = [15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
    return Math.max(least, round.find((step) => step >= exact) ?? 86400);
  }
}

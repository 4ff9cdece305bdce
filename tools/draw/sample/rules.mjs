// What the recording rules make of a Prometheus's series, in the OpenMetrics format: one file for each pass, since rules
// need each other. `node sample/rules.mjs RULES PROMETHEUS END PASS > series.txt`; exit code 3 after the last pass.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const [, , file, url, end, pass] = process.argv;
const DAY = 86400;
// The sample has these itself: they remember, and here each moment is asked for by itself.
const given = /:day_first_|:day:timestamp/;
let left = parse(readFileSync(file, 'utf8'))
  .groups.flatMap((group) => group.rules)
  .filter((rule) => !given.test(rule.record));
for (let i = 1; i < pass; i++) left = left.filter(waits);
if (left.length === 0) process.exit(3);

const ready = left.filter((rule) => !waits(rule));
for (const { record, expr } of ready) {
  for (const [start, stop, step] of [[31 * DAY, 26 * 3600 + 1, 1800], [26 * 3600, 6.5 * 3600 + 1, 120], [6.5 * 3600, 0, 30]]) {
    const body = new URLSearchParams({ query: expr, start: end - start, end: end - stop, step });
    const answer = await (await fetch(`${url}/api/v1/query_range`, { method: 'POST', body })).json();
    if (answer.status !== 'success') throw new Error(`${record}: ${answer.error}`);
    for (const { metric, values } of answer.data.result) {
      const labels = Object.entries(metric).filter(([name]) => name !== '__name__').map(([k, v]) => `${k}="${v}"`);
      const lines = values.map(([time, value]) => `${record}{${labels}} ${value} ${time}`);
      process.stdout.write(`${lines.join('\n')}\n`);
    }
  }
}
process.stdout.write('# EOF\n');

/// Whether a rule needs one that is not there yet.
function waits(rule) {
  return left.some(({ record }) => new RegExp(`${record}(?![\\w:])`).test(rule.expr));
}

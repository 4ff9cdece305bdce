// The page: every panel in its place.
import { barGauge, gauge, stat } from './numbers.js';
import { frames } from './frames.js';
import { table } from './table.js';
import { timeseries } from './timeseries.js';
import { element } from './element.js';

const { dashboard, variables, panels, annotations, range, width, cell } = window.drawing;
const kinds = { timeseries, stat, gauge, bargauge: barGauge, table };

const header = element(document.body, 'header');
element(header, 'h1', {}, dashboard.title);
for (const { label, all, values } of Object.values(variables)) {
  const span = element(header, 'span');
  element(span, 'b', {}, label);
  span.append(all ? 'All' : values.join(' + '));
}
const main = element(document.body, 'main');
for (const panel of panels) {
  const { x, y, w, h } = panel.gridPos;
  const column = (width - 16) / 24;
  const box = { left: x * column, top: y * cell, width: w * column - 8, height: h * cell - 8 };
  const section = element(main, 'section', px(box));
  if (panel.type === 'row') {
    section.className = 'row';
    section.textContent = `⌄ ${panel.title}`;
    continue;
  }
  element(section, 'h2', {}, panel.title);
  const inside = element(section, 'div');
  const data = frames(panel);
  if (data.length === 0) {
    element(inside, 'p', {}, panel.fieldConfig.defaults.noValue ?? 'No data').className = 'nothing';
  } else {
    kinds[panel.type](inside, { panel, data, range, annotations, width: box.width - 18, height: box.height - 40 });
  }
}

function px(box) {
  return Object.fromEntries(Object.entries(box).map(([key, value]) => [key, `${value}px`]));
}

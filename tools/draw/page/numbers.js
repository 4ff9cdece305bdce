// Panels of newest numbers: stat, gauge, bar gauge.
import { element } from './element.js';
import { written } from './frames.js';
import { spark } from './timeseries.js';

const last = ({ fields }) => {
  const field = fields.at(-1);
  const value = field.values.findLast((v) => v !== null && !Number.isNaN(v));
  return { field, value, shown: field.display(value) };
};

export function stat(box, { panel, data, width, height }) {
  box.className = 'stats';
  for (const frame of data) {
    const { field, shown } = last(frame);
    const part = element(box, 'div', { color: shown.color });
    part.className = 'stat';
    const text = written(shown);
    const size = Math.min(height * 0.42, (width / data.length / text.length) * 1.5, 56);
    element(part, 'b', { fontSize: `${size}px` }, text);
    if (data.length > 1) element(part, 'small', {}, field.name);
    if (panel.options.graphMode === 'area' && frame.length > 1) {
      const below = element(part, 'div');
      below.className = 'spark';
      spark(below, frame, shown.color, width / data.length, height * 0.35);
    }
  }
}

export function gauge(box, { data, width, height }) {
  const { field, value, shown } = last(data[0]);
  const { min = 0, max = 1, thresholds } = field.config;
  const r = Math.min(width / 2.3, height / 1.6);
  const part = (v) => Math.min(1, Math.max(0, (v - min) / (max - min)));
  const arc = (from, to, radius, thickness, color) => {
    const at = (p) => {
      const angle = Math.PI * (1.15 * p + 0.925) - Math.PI * 0;
      return `${width / 2 + radius * Math.cos(angle)} ${height * 0.62 + radius * Math.sin(angle)}`;
    };
    return `<path d="M ${at(from)} A ${radius} ${radius} 0 ${to - from > 0.86 ? 1 : 0} 1 ${at(to)}" fill="none" stroke="${color}" stroke-width="${thickness}"/>`;
  };
  const steps = thresholds.steps.map((s, i, all) =>
    arc(part(Math.max(s.value, min)), part(all[i + 1]?.value ?? max), r, 4, field.display(Math.max(s.value, min)).color),
  );
  box.innerHTML =
    `<svg width="${width}" height="${height}">${arc(0, 1, r * 0.84, r * 0.22, '#8883')}${arc(0, part(value), r * 0.84, r * 0.22, shown.color)}${steps.join('')}` +
    `<text x="${width / 2}" y="${height * 0.64}" text-anchor="middle" font-size="${r * 0.34}" fill="${shown.color}">${written(shown)}</text></svg>`;
}

export function barGauge(box, { data, height }) {
  const list = element(box, 'section', { position: 'static', border: '0' });
  list.className = 'bars';
  data.forEach((frame, i) => {
    if (i * 28 + 22 > height) return;
    const { field, value, shown } = last(frame);
    const { min = 0, max = 100 } = field.config;
    element(list, 'span', {}, field.name);
    const bar = element(list, 'div');
    const part = Math.min(1, Math.max(0, (value - min) / (max - min)));
    element(bar, 'i', { width: `${100 * part}%`, background: shown.color, borderColor: shown.color });
    element(list, 'span', { color: shown.color, textAlign: 'right' }, written(shown));
  });
}

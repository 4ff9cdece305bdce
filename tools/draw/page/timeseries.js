// Lines, areas and bars over time, with uPlot, which Grafana's own time series are drawn with.
import uPlot from 'uplot';
import { dateTimeFormat } from '@grafana/data';
import { element } from './element.js';
import { seriesColor, theme, written } from './frames.js';

export function timeseries(box, { data, range, annotations, width, height }) {
  const fields = data.map((frame) => frame.fields.at(-1));
  const legend = element(box, 'div');
  legend.className = 'legend';
  fields.forEach((field, i) => {
    const entry = element(legend, 'span');
    element(entry, 'i', { background: seriesColor(field, i) });
    entry.append(field.name || ' ');
  });
  const columns = join(data);
  const bars = fields[0].config.custom.drawStyle === 'bars';
  const stacked = stack(columns, fields);
  const display = fields[0].display;
  const text = theme.colors.text.primary;
  const grid = { stroke: theme.isDark ? 'rgba(204,204,220,.09)' : 'rgba(0,0,0,.09)', width: 1 };
  const axis = { stroke: text, grid, ticks: { show: false }, font: '12px sans-serif' };
  const order = fields.map((_, i) => i + 1);
  // What stands on top is painted first.
  if (bars) order.reverse();
  const { min, max, decimals, custom } = fields[0].config;
  const reach = (high) => Math.max(high, custom.axisSoftMax ?? high);
  new uPlot(
    {
      width,
      height: height - legend.offsetHeight - 4,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: true, range: [range.from, range.to] },
        y: { range: (_, low, high) => limits(bars ? Math.min(0, low) : low, reach(bars ? Math.max(0, high) : high), min, max) },
      },
      axes: [
        { ...axis, size: 32, space: 70, values: (_, ticks) => ticks.map((t) => date(t, range)) },
        {
          ...axis,
          ...(decimals === 0 && { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] }),
          size: (u, values) => Math.max(40, ...(values ?? []).map((v) => v.length * 7 + 14)),
          values: (_, ticks) => ticks.map((t) => written(display(t))),
        },
      ],
      series: [{}, ...order.map((i) => series(fields[i - 1], i - 1, bars, stacked.below[i]))],
      bands: bars ? [] : stacked.bands,
      hooks: { draw: [(u) => thresholds(u, fields[0]), (u) => mark(u, annotations)] },
    },
    [stacked.columns[0], ...order.map((i) => stacked.columns[i])],
    box,
  );
}

/// The small area in a stat.
export function spark(box, frame, color, width, height) {
  const [time, value] = frame.fields;
  new uPlot(
    {
      width,
      height,
      padding: [2, 0, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      axes: [{ show: false }, { show: false }],
      series: [{}, { stroke: color, fill: `${hex(color)}33`, width: 1, points: { show: false } }],
    },
    [time.values.map((t) => t / 1000), value.values],
    box,
  );
}

/// All series on one axis of times.
function join(data) {
  const times = [...new Set(data.flatMap((frame) => frame.fields[0].values))].sort((a, b) => a - b);
  const at = new Map(times.map((t, i) => [t, i]));
  const columns = data.map(({ fields: [time, value] }) => {
    const column = Array(times.length).fill(null);
    time.values.forEach((t, i) => (column[at.get(t)] = Number.isFinite(value.values[i]) ? value.values[i] : null));
    return column;
  });
  return [times.map((t) => t / 1000), ...columns];
}

/// Stacked columns on top of each other, what is above 0 and what is below it apart.
function stack(columns, fields) {
  const made = [columns[0]];
  const bands = [];
  const below = {};
  const sums = { up: columns[0].map(() => 0), down: columns[0].map(() => 0) };
  const previous = {};
  fields.forEach((field, i) => {
    const column = columns[i + 1];
    if (field.config.custom.stacking?.mode !== 'normal') {
      made.push(column);
      return;
    }
    const sign = field.config.custom.drawStyle !== 'bars' && column.some((v) => v < 0) ? 'down' : 'up';
    made.push(
      column.map((v, t) => {
        if (v === null) return null;
        const side = field.config.custom.drawStyle === 'bars' ? (v < 0 ? 'down' : 'up') : sign;
        return (sums[side][t] += v);
      }),
    );
    if (previous[sign]) {
      bands.push({ series: [i + 1, previous[sign]], fill: fill(field, i) });
      below[i + 1] = previous[sign];
    }
    previous[sign] = i + 1;
  });
  return { columns: made, bands, below };
}

function fill(field, i) {
  const { fillOpacity = 0 } = field.config.custom;
  return `${hex(seriesColor(field, i))}${Math.round(fillOpacity * 2.55).toString(16).padStart(2, '0')}`;
}

function series(field, i, bars, below) {
  const color = seriesColor(field, i);
  const { lineStyle, lineInterpolation } = field.config.custom;
  return {
    stroke: color,
    width: bars ? 0 : 1.2,
    fill: bars ? mix(color) : fill(field, i),
    dash: lineStyle?.dash,
    points: { show: false },
    paths: bars
      ? uPlot.paths.bars({ size: [0.9, 100], align: field.config.custom.barAlignment ?? 0 })
      : lineInterpolation === 'stepAfter'
        ? uPlot.paths.stepped({ align: 1 })
        : uPlot.paths.linear(),
  };
}

/// The colour over the panel's background, so that bars may cover bars.
function mix(color) {
  const part = (from, at) => Number.parseInt(hex(from).slice(at, at + 2), 16);
  const back = theme.colors.background.primary;
  return `rgb(${[1, 3, 5].map((at) => Math.round(0.8 * part(color, at) + 0.2 * part(back, at))).join()})`;
}

function hex(color) {
  const numbers = /^rgba?\((\d+), ?(\d+), ?(\d+)/.exec(color);
  if (!numbers) return color.slice(0, 7);
  return `#${numbers.slice(1).map((n) => Number(n).toString(16).padStart(2, '0')).join('')}`;
}

function limits(low, high, min, max) {
  const [from, to] = uPlot.rangeNum(low ?? 0, high ?? 1, 0.08, true);
  return [min ?? from, max ?? to];
}

function date(time, range) {
  const format = range.to - range.from > 3 * 86400 ? 'MM/DD' : 'HH:mm';
  return dateTimeFormat(time * 1000, { format, timeZone: 'utc' });
}

function thresholds(u, field) {
  if (field.config.custom.thresholdsStyle?.mode !== 'dashed') return;
  for (const { value, color } of field.config.thresholds.steps) {
    if (value <= u.scales.y.min || value >= u.scales.y.max) continue;
    const y = u.valToPos(value, 'y', true);
    line(u, u.bbox.left, y, u.bbox.left + u.bbox.width, y, theme.visualization.getColorByName(color), [10, 10]);
  }
}

function mark(u, annotations) {
  for (const { iconColor, regions } of annotations) {
    const color = theme.visualization.getColorByName(iconColor);
    for (const { from, to } of regions) {
      const x = u.valToPos(from, 'x', true);
      const end = u.valToPos(to, 'x', true);
      u.ctx.fillStyle = `${hex(color)}1a`;
      u.ctx.fillRect(x, u.bbox.top, Math.max(1, end - x), u.bbox.height);
      u.ctx.fillStyle = hex(color);
      u.ctx.fillRect(x, u.bbox.top + u.bbox.height, Math.max(4, end - x), 4);
      line(u, x, u.bbox.top, x, u.bbox.top + u.bbox.height, color, [5, 5]);
    }
  }
}

function line(u, x, y, x2, y2, color, dash) {
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.strokeStyle = color;
  u.ctx.setLineDash(dash);
  u.ctx.moveTo(x, y);
  u.ctx.lineTo(x2, y2);
  u.ctx.stroke();
  u.ctx.restore();
}

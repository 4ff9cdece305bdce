// Tables, sorted and coloured.
import { FieldType } from '@grafana/data';
import { element } from './element.js';
import { theme, written } from './frames.js';

export function table(box, { panel, data: [frame], height }) {
  const made = element(box, 'table');
  const head = element(made, 'tr');
  for (const { name, type } of frame.fields) {
    element(head, 'th', {}, name).className = type === FieldType.number ? 'number' : '';
  }
  const rows = order(frame, panel.options.sortBy?.[0]);
  const fits = Math.floor((height - 30) / 30);
  for (const row of rows.slice(0, fits)) {
    const line = element(made, 'tr');
    for (const field of frame.fields) cell(line, field, field.values[row]);
  }
  if (rows.length > fits) element(box, 'div', {}, `scroll for ${rows.length - fits} more`).className = 'more';
}

function order(frame, by) {
  const rows = [...Array(frame.length).keys()];
  const field = frame.fields.find((f) => f.name === by?.displayName);
  if (!field) return rows;
  const direction = by.desc ? -1 : 1;
  const values = field.values;
  // Nothing is less than any number.
  const rank = (v) => (v === null || v === undefined ? -Infinity : v);
  return rows.sort((a, b) => {
    const [x, y] = [rank(values[a]), rank(values[b])];
    return direction * (x < y ? -1 : x > y ? 1 : 0);
  });
}

function cell(line, field, value) {
  const td = element(line, 'td');
  if (value === null || value === undefined) return;
  const shown = field.display(value);
  td.textContent = field.type === FieldType.string ? value : written(shown);
  if (field.type === FieldType.number) td.className = 'number';
  const kind = field.config.custom?.cellOptions?.type;
  if (kind === 'color-text') td.style.color = shown.color;
  if (kind === 'color-background') {
    td.style.background = shown.color;
    td.style.color = theme.colors.getContrastText(shown.color);
  }
}

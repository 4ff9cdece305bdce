// Answers as Grafana's data frames, with its own transformations, units, thresholds and mappings.
import {
  FieldType,
  createTheme,
  getDisplayProcessor,
  standardTransformers,
  standardTransformersRegistry,
  toDataFrame,
  transformDataFrame,
} from '@grafana/data';

export const theme = createTheme({ colors: { mode: window.drawing.theme } });

standardTransformersRegistry.setInit(() =>
  [standardTransformers.mergeTransformer, standardTransformers.organizeFieldsTransformer].map((transformation) => ({
    id: transformation.id,
    name: transformation.name,
    transformation,
  })),
);

/// The frames of a panel; each field has `config`, `name` and `display`.
export function frames(panel) {
  const tables = panel.answers.filter((a) => a.table && a.result.length);
  const asked = panel.targets.filter((t) => t.format === 'table').length;
  const made = [
    ...tables.map((answer) => tableFrame(answer, asked > 1)),
    ...panel.answers.filter((a) => !a.table).flatMap((answer) => answer.result.map((series) => seriesFrame(series, answer.legend))),
  ];
  let transformed = made;
  transformDataFrame(panel.transformations ?? [], made).subscribe((result) => (transformed = result));
  let index = 0;
  for (const frame of transformed) {
    for (const field of frame.fields) {
      configure(field, panel.fieldConfig, field.type === FieldType.number ? index++ : 0);
    }
  }
  return transformed;
}

function seriesFrame({ metric, values }, legend) {
  const name = legend.replace(/{{\s*(\w+)\s*}}/g, (_, label) => metric[label] ?? '');
  return toDataFrame({
    fields: [
      { name: 'Time', type: FieldType.time, values: values.map(([time]) => time * 1000) },
      { name, type: FieldType.number, labels: metric, values: values.map(([, value]) => number(value)) },
    ],
  });
}

function tableFrame({ refId, result }, several) {
  const rows = result.flatMap(({ metric, values }) => values.map(([time, value]) => ({ metric, time, value })));
  const labels = [...new Set(result.flatMap((r) => Object.keys(r.metric)))].filter((l) => l !== '__name__');
  return toDataFrame({
    refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: rows.map((r) => r.time * 1000) },
      ...labels.map((name) => ({ name, type: FieldType.string, values: rows.map((r) => r.metric[name] ?? '') })),
      { name: several ? `Value #${refId}` : 'Value', type: FieldType.number, values: rows.map((r) => number(r.value)) },
    ],
  });
}

function number(text) {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

function configure(field, { defaults, overrides }, index) {
  const name = field.config?.displayName ?? field.name;
  const config = { ...structuredClone(defaults), custom: { ...defaults.custom } };
  for (const { matcher, properties } of overrides) {
    const { id: kind, options } = matcher;
    if (kind === 'byRegexp' ? !new RegExp(options.slice(1, -1)).test(name) : options !== name) continue;
    for (const { id, value } of properties) {
      if (id.startsWith('custom.')) config.custom[id.slice(7)] = value;
      else config[id] = value;
    }
  }
  for (const step of config.thresholds?.steps ?? []) step.value ??= -Infinity;
  // Text has neither unit nor limits.
  if (field.type === FieldType.string) delete config.unit;
  field.config = config;
  field.name = name;
  field.state = { seriesIndex: index };
  field.display = getDisplayProcessor({ field, theme });
}

/// The colour of a series.
export function seriesColor(field, index) {
  const { color } = field.config;
  const { palette } = theme.visualization;
  return theme.visualization.getColorByName(color?.fixedColor ?? palette[index % palette.length]);
}

/// A number as text, with its unit.
export function written({ prefix = '', text, suffix = '' }) {
  return `${prefix}${text}${suffix}`;
}

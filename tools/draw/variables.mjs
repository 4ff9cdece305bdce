// A dashboard's variables: their values, and what they do to text and to repeated panels.

/// Every variable with its values: those of `chosen` (`account=main`), or all. `pattern` is what queries get.
export async function variablesOf(dashboard, prometheus, chosen) {
  const variables = {};
  for (const { name, label, type, query } of dashboard.templating.list) {
    if (type !== 'query') continue;
    const [, selector, wanted] = /^label_values\((.*), (\w+)\)$/.exec(query.query);
    const given = chosen.filter((c) => c.startsWith(`${name}=`)).map((c) => c.slice(name.length + 1));
    const all = given.length === 0;
    const values = all ? await prometheus.labels(fill(selector, variables), wanted) : given;
    variables[name] = { label, all, values, pattern: all ? '.+' : values.length === 1 ? values[0] : `(${values.join('|')})` };
  }
  return variables;
}

/// `text` with `$name` replaced; `extra` are Grafana's own variables of a panel.
export function fill(text, variables, extra = {}) {
  return text.replace(/\$(\w+)/g, (all, name) => extra[name] ?? variables[name]?.pattern ?? all);
}

/// All panels, repeated ones once for each value, side by side.
export function panelsOf(dashboard, variables) {
  return dashboard.panels.flatMap((panel) => {
    if (!panel.repeat) return [panel];
    const { w, h, y } = panel.gridPos;
    return variables[panel.repeat].values.map((value, i) => {
      const own = { ...variables, [panel.repeat]: { ...variables[panel.repeat], pattern: value } };
      const gridPos = { w, h, x: (i % panel.maxPerRow) * w, y: y + Math.floor(i / panel.maxPerRow) * h };
      const targets = panel.targets.map((t) => ({ ...t, expr: fill(t.expr, { [panel.repeat]: own[panel.repeat] }) }));
      return { ...panel, gridPos, targets, title: fill(panel.title, own) };
    });
  });
}

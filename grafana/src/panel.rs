//! Panels as Grafana writes them.

use serde_json::{Map, Value, json};

use super::query::expand;

/// The data source is a variable, so that a board fits every Grafana.
pub const DATASOURCE: &str = "${datasource}";

/// Colours that mean the same on every board.
pub const GOOD: &str = "green";
/// Look at it.
pub const WARN: &str = "orange";
/// Money is at risk, or lost.
pub const BAD: &str = "red";
/// Neither good nor bad.
pub const PLAIN: &str = "text";

/// A panel.
pub struct Panel {
    /// In columns of the grid.
    pub width: u64,
    /// In rows of the grid.
    pub height: u64,
    kind: &'static str,
    title: &'static str,
    description: &'static str,
    repeat: Option<&'static str>,
    interval: Option<&'static str>,
    targets: Vec<Value>,
    defaults: Map<String, Value>,
    custom: Map<String, Value>,
    overrides: Vec<Value>,
    options: Value,
    transformations: Vec<Value>,
}

/// Lines over time.
pub fn timeseries(title: &'static str, description: &'static str) -> Panel {
    let options = json!({
        "legend": {"showLegend": true, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    });
    Panel::new("timeseries", title, description, 8, options)
        .color("palette-classic")
        .custom("lineWidth", 1)
        .custom("fillOpacity", 0)
        .custom("showPoints", "never")
        .custom("spanNulls", false)
}

/// One large number; several series stand beside each other.
pub fn stat(title: &'static str, description: &'static str) -> Panel {
    let options = json!({
        "colorMode": "value",
        "graphMode": "area",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": false},
    });
    Panel::new("stat", title, description, 4, options).color("thresholds")
}

/// A number between limits.
pub fn gauge(title: &'static str, description: &'static str) -> Panel {
    let options = json!({
        "minVizHeight": 75,
        "minVizWidth": 75,
        "orientation": "auto",
        "showThresholdLabels": false,
        "showThresholdMarkers": true,
        "sizing": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": false},
    });
    Panel::new("gauge", title, description, 6, options).color("thresholds")
}

/// A bar for each series, of its newest number.
pub fn bar_gauge(title: &'static str, description: &'static str) -> Panel {
    let options = json!({
        "displayMode": "basic",
        "namePlacement": "left",
        "orientation": "horizontal",
        "showUnfilled": true,
        "sizing": "manual",
        "minVizHeight": 16,
        "maxVizHeight": 28,
        "valueMode": "color",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": false},
    });
    Panel::new("bargauge", title, description, 8, options).color("thresholds")
}

impl Panel {
    pub(super) fn new(
        kind: &'static str,
        title: &'static str,
        description: &'static str,
        height: u64,
        options: Value,
    ) -> Self {
        Self {
            width: 12,
            height,
            kind,
            title,
            description,
            repeat: None,
            interval: None,
            targets: Vec::new(),
            defaults: Map::new(),
            custom: Map::new(),
            overrides: Vec::new(),
            options,
            transformations: Vec::new(),
        }
        .thresholds(GOOD, &[])
    }

    /// Columns and rows of the grid.
    pub fn size(self, width: u64, height: u64) -> Self {
        Self {
            width,
            height,
            ..self
        }
    }

    /// A query over time; `legend` names its series, as `{{account}}`.
    pub fn query(self, query: &str, legend: &str) -> Self {
        self.target(query, &json!({"range": true, "legendFormat": legend}))
    }

    /// A query of this moment.
    pub fn now(self, query: &str, legend: &str) -> Self {
        self.target(
            query,
            &json!({"instant": true, "range": false, "legendFormat": legend}),
        )
    }

    pub(super) fn target(mut self, query: &str, more: &Value) -> Self {
        let mut target = json!({
            "refId": self.next_ref(),
            "datasource": {"type": "prometheus", "uid": DATASOURCE},
            "editorMode": "code",
            "expr": expand(query),
        });
        if let (Some(target), Some(more)) = (target.as_object_mut(), more.as_object()) {
            target.extend(more.clone());
        }
        self.targets.push(target);
        self
    }

    /// The letter of the next query: A, B, …
    pub(super) fn next_ref(&self) -> char {
        ('A'..='Z')
            .nth(self.targets.len())
            .expect("at most 26 queries in a panel")
    }

    /// One of Grafana's units.
    pub fn unit(self, unit: &str) -> Self {
        self.default("unit", unit)
    }

    pub fn decimals(self, decimals: u64) -> Self {
        self.default("decimals", decimals)
    }

    pub fn min(self, min: f64) -> Self {
        self.default("min", min)
    }

    pub fn max(self, max: f64) -> Self {
        self.default("max", max)
    }

    /// What stands there when there is nothing, such as `no position`.
    pub fn nothing(self, text: &str) -> Self {
        self.default("noValue", text)
    }

    /// The colour below the first step, and each step with the colour from there on.
    pub fn thresholds(self, base: &str, steps: &[(f64, &str)]) -> Self {
        self.default("thresholds", thresholds(base, steps))
    }

    /// Draws the thresholds as dashed lines.
    pub fn threshold_lines(self) -> Self {
        self.custom("thresholdsStyle", json!({"mode": "dashed"}))
    }

    /// Says numbers in words, with a colour each.
    pub fn words(self, words: &[(i32, &str, &str)]) -> Self {
        self.default("mappings", mappings(words))
    }

    /// A colour mode of Grafana, such as `palette-classic`.
    pub fn color(self, mode: &str) -> Self {
        self.default("color", json!({"mode": mode}))
    }

    /// Series on top of each other.
    pub fn stacked(self) -> Self {
        self.custom("stacking", json!({"mode": "normal", "group": "A"}))
            .custom("fillOpacity", 40)
    }

    /// A bar for each day (UTC), on top of each other. Queries look a day ahead: `[1d] offset -1d`.
    pub fn daily(self) -> Self {
        self.each_day()
            .custom("drawStyle", "bars")
            .custom("barAlignment", 1)
            .custom("lineWidth", 0)
            .stacked()
            .custom("fillOpacity", 70)
    }

    /// Numbers that hold until the next.
    pub fn steps(self) -> Self {
        self.custom("lineInterpolation", "stepAfter")
    }

    /// One panel for each value of a variable, `across` beside each other.
    pub fn repeat(self, variable: &'static str) -> Self {
        Self {
            repeat: Some(variable),
            ..self
        }
    }

    /// The same colour for a series wherever it is shown.
    pub fn paint(self, series: &str, color: &str) -> Self {
        let value = json!({"mode": "fixed", "fixedColor": color});
        self.adjust(series, [("color", value)])
    }

    /// The same colour for all series whose names begin so.
    pub fn paint_all(mut self, beginning: &str, color: &str) -> Self {
        self.overrides.push(json!({
            "matcher": {"id": "byRegexp", "options": format!("/^{beginning}/")},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}],
        }));
        self
    }

    /// The axis reaches at least to here, so that nothing at all looks like nothing at all.
    pub fn soft_max(self, value: f64) -> Self {
        self.custom("axisSoftMax", value)
    }

    /// Draws a series as a dashed line that is not part of a stack.
    pub fn dashed(self, series: &str) -> Self {
        self.adjust(
            series,
            [
                ("custom.lineStyle", json!({"fill": "dash", "dash": [8, 6]})),
                ("custom.fillOpacity", json!(0)),
                ("custom.stacking", json!({"mode": "none", "group": "A"})),
            ],
        )
    }

    /// Changes how the series or column of that name is shown.
    pub(super) fn adjust(
        mut self,
        name: &str,
        properties: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Self {
        let properties: Vec<Value> = properties
            .into_iter()
            .map(|(id, value)| json!({"id": id, "value": value}))
            .collect();
        self.overrides.push(json!({
            "matcher": {"id": "byName", "options": name},
            "properties": properties,
        }));
        self
    }

    /// Sets an option of the panel's kind.
    pub fn option(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.options[name] = value.into();
        self
    }

    /// Asks for a number of each day.
    pub fn each_day(self) -> Self {
        Self {
            interval: Some("1d"),
            ..self
        }
    }

    pub(super) fn transform(mut self, id: &str, options: &Value) -> Self {
        self.transformations
            .push(json!({"id": id, "options": options}));
        self
    }

    pub(super) fn custom(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.custom.insert(name.to_owned(), value.into());
        self
    }

    fn default(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.defaults.insert(name.to_owned(), value.into());
        self
    }

    /// The panel with its number at its place.
    pub fn json(mut self, id: u64, place: &Value) -> Value {
        self.defaults
            .insert("custom".to_owned(), self.custom.into());
        let mut panel = json!({
            "id": id,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": {"type": "prometheus", "uid": DATASOURCE},
            "gridPos": place,
            "targets": self.targets,
            "fieldConfig": {"defaults": self.defaults, "overrides": self.overrides},
            "options": self.options,
            "transformations": self.transformations,
        });
        if let Some(interval) = self.interval {
            panel["interval"] = interval.into();
        }
        if let Some(variable) = self.repeat {
            panel["repeat"] = variable.into();
            panel["repeatDirection"] = "h".into();
            panel["maxPerRow"] = json!(3);
        }
        panel
    }
}

/// Thresholds as panels and columns have them.
pub(super) fn thresholds(base: &str, steps: &[(f64, &str)]) -> Value {
    let base = json!({"color": base, "value": null});
    let steps = steps
        .iter()
        .map(|(value, color)| json!({"color": color, "value": value}));
    json!({"mode": "absolute", "steps": std::iter::once(base).chain(steps).collect::<Vec<_>>()})
}

/// Numbers as words, as panels and columns have them.
pub(super) fn mappings(words: &[(i32, &str, &str)]) -> Value {
    let options: Map<String, Value> = words
        .iter()
        .enumerate()
        .map(|(index, (number, text, color))| {
            (
                number.to_string(),
                json!({"index": index, "text": text, "color": color}),
            )
        })
        .collect();
    json!([{"type": "value", "options": options}])
}

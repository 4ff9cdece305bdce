//! Tables: a row for each combination of labels, a column for each query.

use serde_json::{Map, Value, json};

use super::panel::{Panel, mappings, thresholds};

/// A table that grows by columns.
pub struct Table {
    panel: Panel,
    /// What the transformation calls a column, and what we call it, from left to right.
    names: Vec<(String, &'static str)>,
    hidden: Vec<String>,
}

/// A table whose rows are told apart by `labels`: each with the name of its column. Every query must have exactly these.
pub fn table(
    title: &'static str,
    description: &'static str,
    labels: &[(&'static str, &'static str)],
) -> Table {
    let options = json!({"cellHeight": "sm", "showHeader": true, "footer": {"show": false}});
    let panel = Panel::new("table", title, description, 8, options)
        .color("thresholds")
        .unit("short")
        .custom("align", "auto")
        .custom("filterable", true);
    Table {
        panel,
        names: labels
            .iter()
            .map(|(label, name)| ((*label).to_owned(), *name))
            .collect(),
        hidden: vec!["Time".to_owned()],
    }
}

/// How a column is shown.
pub struct Column(Vec<(&'static str, Value)>);

/// Numbers of a unit.
pub fn unit(unit: &str) -> Column {
    Column(vec![("unit", json!(unit))])
}

/// 1 and 0 as words, each with a colour.
pub fn words(words: &[(i32, &str, &str)]) -> Column {
    Column(vec![
        ("mappings", mappings(words)),
        ("custom.cellOptions", json!({"type": "color-text"})),
    ])
}

impl Column {
    pub fn decimals(mut self, decimals: u64) -> Self {
        self.0.push(("decimals", json!(decimals)));
        self
    }

    /// Colours the text.
    pub fn colored(mut self, base: &str, steps: &[(f64, &str)]) -> Self {
        self.0.push(("thresholds", thresholds(base, steps)));
        self.0
            .push(("custom.cellOptions", json!({"type": "color-text"})));
        self
    }

    /// Colours the whole cell: what one should see first.
    pub fn filled(mut self, base: &str, steps: &[(f64, &str)]) -> Self {
        self.0.push(("thresholds", thresholds(base, steps)));
        self.0.push((
            "custom.cellOptions",
            json!({"type": "color-background", "mode": "basic"}),
        ));
        self
    }
}

impl Table {
    /// A column of the numbers of this moment.
    pub fn column(mut self, name: &'static str, query: &str, column: Column) -> Self {
        self.names.push((self.next_field(), name));
        self.panel = self.panel.adjust(name, column.0);
        self.ask(query)
    }

    /// A column of the label of an info metric.
    pub fn label(mut self, name: &'static str, query: &str, label: &str) -> Self {
        self.hidden.push(self.next_field());
        self.names.push((label.to_owned(), name));
        self.ask(query)
    }

    fn next_field(&self) -> String {
        format!("Value #{}", self.panel.next_ref())
    }

    fn ask(mut self, query: &str) -> Self {
        let how = json!({"instant": true, "range": false, "format": "table"});
        self.panel = self.panel.target(query, &how);
        self
    }

    /// Makes the values of a column links, such as to a board of the account that `${__data.fields.Account}` names.
    pub fn link(mut self, name: &str, title: &str, url: &str) -> Self {
        self.panel = self
            .panel
            .adjust(name, [("links", json!([{"title": title, "url": url}]))]);
        self
    }

    /// Rows in the order of a column.
    pub fn sorted(mut self, name: &str, descending: bool) -> Panel {
        if self.panel.next_ref() == 'B' {
            // Grafana numbers the values only of several queries.
            for (field, _) in &mut self.names {
                if field == "Value #A" {
                    "Value".clone_into(field);
                }
            }
        }
        let indexes: Map<String, Value> = self
            .names
            .iter()
            .enumerate()
            .map(|(index, (field, _))| (field.clone(), json!(index)))
            .collect();
        let hidden: Map<String, Value> = self
            .hidden
            .iter()
            .map(|field| (field.clone(), json!(true)))
            .collect();
        let renames: Map<String, Value> = self
            .names
            .iter()
            .map(|(field, name)| (field.clone(), json!(name)))
            .collect();
        self.panel
            .transform("merge", &json!({}))
            .transform(
                "organize",
                &json!({"excludeByName": hidden, "indexByName": indexes, "renameByName": renames}),
            )
            .option("sortBy", json!([{"displayName": name, "desc": descending}]))
    }
}

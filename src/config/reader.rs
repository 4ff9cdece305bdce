//! Taking values out of a configuration tree while noting everything that is wrong with it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::yaml::{Node, Value};

/// All that is wrong with a configuration, one line each; and what is not wrong but should be mended.
#[derive(Debug, Default)]
pub(super) struct Problems {
    file: String,
    lines: Vec<String>,
    warnings: Vec<String>,
    inline_secret: bool,
}

impl Problems {
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            ..Self::default()
        }
    }

    /// Something wrong at a place of the file.
    pub(super) fn at(&mut self, (line, column): (u64, u64), path: &str, what: &str) {
        let path = if path.is_empty() {
            String::new()
        } else {
            format!("{path}: ")
        };
        self.lines
            .push(format!("{}:{line}:{column}: {path}{what}", self.file));
    }

    /// Something wrong that stands nowhere in the file.
    pub(super) fn general(&mut self, what: String) {
        self.lines.push(what);
    }

    /// Something that should be mended, but is not wrong.
    pub(super) fn warn(&mut self, what: Option<String>) {
        self.warnings.extend(what);
    }

    /// Notes that the file itself holds a secret.
    pub(super) fn holds_a_secret(&mut self) {
        self.inline_secret = true;
    }

    pub(super) fn has_inline_secret(&self) -> bool {
        self.inline_secret
    }

    /// The warnings, each once.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        let mut known = BTreeSet::new();
        let mut warnings = std::mem::take(&mut self.warnings);
        warnings.retain(|warning| known.insert(warning.clone()));
        warnings
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines
    }
}

/// Whether a key may be shown: it is short, and of the characters that names of keys are made of.
pub(super) fn is_word(key: &str) -> bool {
    key.len() <= 30
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'.')
}

/// A value on its way in: where it stands and what it is called.
#[derive(Clone)]
pub(super) struct Item<'n> {
    pub(super) path: String,
    pub(super) at: (u64, u64),
    value: &'n Value,
}

impl<'n> Item<'n> {
    pub(super) fn root(node: &'n Node) -> Self {
        Self {
            path: String::new(),
            at: (node.line, node.column),
            value: &node.value,
        }
    }

    pub(super) fn wrong(&self, problems: &mut Problems, what: &str) {
        problems.at(self.at, &self.path, what);
    }

    fn unexpected<T>(&self, problems: &mut Problems, expected: &str) -> Option<T> {
        self.wrong(
            problems,
            &format!("expected {expected}, found {}", self.value.kind()),
        );
        None
    }

    pub(super) fn text(&self, problems: &mut Problems) -> Option<&'n str> {
        match self.value {
            Value::Text(text) if !text.trim().is_empty() => Some(text.trim()),
            Value::Integer(_) | Value::OtherNumber | Value::Bool(_) => {
                self.unexpected(problems, "a text (put it in quotes)")
            }
            _ => self.unexpected(problems, "a text that is not empty"),
        }
    }

    pub(super) fn whole(&self, problems: &mut Problems, least: u32, most: u32) -> Option<u32> {
        let expected = format!("a whole number from {least} to {most}");
        match self.value {
            Value::Integer(number) => match u32::try_from(*number) {
                Ok(number) if (least..=most).contains(&number) => Some(number),
                _ => {
                    self.wrong(problems, &format!("expected {expected}, found {number}"));
                    None
                }
            },
            _ => self.unexpected(problems, &expected),
        }
    }

    pub(super) fn flag(&self, problems: &mut Problems) -> Option<bool> {
        match self.value {
            Value::Bool(flag) => Some(*flag),
            _ => self.unexpected(problems, "true or false"),
        }
    }

    /// A duration with its unit, within bounds.
    pub(super) fn duration(
        &self,
        problems: &mut Problems,
        least: Duration,
        most: Duration,
    ) -> Option<Duration> {
        let (least_text, most_text) = (
            humantime::format_duration(least),
            humantime::format_duration(most),
        );
        let expected = format!("a duration from {least_text} to {most_text}, such as 30s");
        let Value::Text(text) = self.value else {
            return self.unexpected(problems, &expected);
        };
        match humantime::parse_duration(text.trim()) {
            Ok(duration) if (least..=most).contains(&duration) => Some(duration),
            _ => {
                self.wrong(problems, &format!("expected {expected}, found {text:?}"));
                None
            }
        }
    }

    pub(super) fn list(&self, problems: &mut Problems) -> Option<Vec<Self>> {
        let Value::List(nodes) = self.value else {
            return self.unexpected(problems, "a list");
        };
        let item = |(index, node): (usize, &'n Node)| Self {
            path: format!("{}[{index}]", self.path),
            at: (node.line, node.column),
            value: &node.value,
        };
        Some(nodes.iter().enumerate().map(item).collect())
    }

    /// The keys of a block, whatever they are called.
    pub(super) fn entries(&self, problems: &mut Problems) -> Option<Vec<(&'n str, Self)>> {
        let Value::Map(entries) = self.value else {
            return self.unexpected(problems, "a block of keys");
        };
        let item = |(key, _, node): &'n (String, Node, Node)| {
            let path = if self.path.is_empty() {
                key.clone()
            } else {
                format!("{}.{key}", self.path)
            };
            (
                key.as_str(),
                Self {
                    path,
                    at: (node.line, node.column),
                    value: &node.value,
                },
            )
        };
        Some(entries.iter().map(item).collect())
    }

    /// The values of `keys`, in their order; every other key is a mistake, and so is a key given twice.
    pub(super) fn block<const N: usize>(
        &self,
        problems: &mut Problems,
        keys: [&str; N],
    ) -> Option<[Option<Self>; N]> {
        let mut found = [const { None }; N];
        for (key, item) in self.entries(problems)? {
            let Some(index) = keys.iter().position(|k| *k == key) else {
                let known = keys.join(", ");
                // `{api_key:SECRET}`, without a blank, makes a key of a secret.
                let path = if is_word(key) { &item.path } else { &self.path };
                problems.at(
                    self.key_place(key),
                    path,
                    &format!("unknown key; the keys here are {known}"),
                );
                continue;
            };
            if found[index].is_some() {
                item.wrong(problems, "this key is given twice");
            }
            found[index] = Some(item);
        }
        Some(found)
    }

    fn key_place(&self, key: &str) -> (u64, u64) {
        let Value::Map(entries) = self.value else {
            return self.at;
        };
        let place = entries
            .iter()
            .find(|(k, ..)| k == key)
            .map(|(_, at, _)| (at.line, at.column));
        place.unwrap_or(self.at)
    }
}

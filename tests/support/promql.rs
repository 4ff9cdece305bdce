//! The selectors of a query. Whether the expression is right, Prometheus itself says.

use std::iter::Peekable;
use std::str::Chars;

/// Words that stand between expressions.
const OPERATORS: [&str; 7] = ["and", "or", "unless", "bool", "offset", "atan2", "inf"];
/// Words with a list of labels.
const GROUPINGS: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];

/// A matcher of a selector, such as `job`, `=~`, `$job`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher {
    pub label: String,
    pub operator: String,
    pub value: String,
}

/// What a selector selects and where it stands.
#[derive(Debug, Default)]
pub struct Selector {
    /// Empty where the name is matched as a label.
    pub metric: String,
    pub matchers: Vec<Matcher>,
    /// What stands in brackets behind it.
    pub range: Option<String>,
    /// The function whose argument it is.
    pub function: Option<String>,
}

/// Every selector of `expression`, from left to right.
pub fn selectors(expression: &str) -> Vec<Selector> {
    let mut found = Vec::new();
    let mut open: Vec<Option<String>> = Vec::new();
    let mut rest = expression.chars().peekable();
    while let Some(&c) = rest.peek() {
        match c {
            '(' => {
                open.push(None);
                rest.next();
            }
            ')' => {
                open.pop();
                rest.next();
            }
            '"' | '\'' => {
                quoted(&mut rest);
            }
            '[' => {
                until(&mut rest, ']');
            }
            '{' => found.push(selector(String::new(), &mut rest, &open)),
            '0'..='9' => {
                word(&mut rest);
            }
            'a'..='z' | 'A'..='Z' | '_' | ':' => {
                let name = word(&mut rest);
                blanks(&mut rest);
                if GROUPINGS.contains(&name.as_str()) {
                    if rest.peek() == Some(&'(') {
                        until(&mut rest, ')');
                    }
                } else if OPERATORS.contains(&name.to_lowercase().as_str()) {
                } else if rest.peek() == Some(&'(') {
                    rest.next();
                    open.push(Some(name));
                } else if !grouped(&rest) {
                    found.push(selector(name, &mut rest, &open));
                }
            }
            _ => {
                rest.next();
            }
        }
    }
    found
}

/// Whether an aggregation's grouping comes next, as in `sum by (account) (…)`.
fn grouped(rest: &Peekable<Chars<'_>>) -> bool {
    let next = word(&mut rest.clone());
    next == "by" || next == "without"
}

fn selector(metric: String, rest: &mut Peekable<Chars<'_>>, open: &[Option<String>]) -> Selector {
    let matchers = if rest.peek() == Some(&'{') {
        matchers(rest)
    } else {
        Vec::new()
    };
    let range = (rest.peek() == Some(&'[')).then(|| until(rest, ']'));
    Selector {
        metric,
        matchers,
        range,
        function: open.last().cloned().flatten(),
    }
}

fn matchers(rest: &mut Peekable<Chars<'_>>) -> Vec<Matcher> {
    rest.next();
    let mut found = Vec::new();
    while rest.peek().is_some_and(|c| *c != '}') {
        let label = word(rest);
        blanks(rest);
        let mut operator = String::new();
        while let Some(c) = rest.next_if(|c| "=!~".contains(*c)) {
            operator.push(c);
        }
        blanks(rest);
        let value = quoted(rest);
        found.push(Matcher {
            label,
            operator,
            value,
        });
        while rest.next_if(|c| *c == ',' || c.is_whitespace()).is_some() {}
    }
    rest.next();
    found
}

fn word(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut word = String::new();
    while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || "_:.".contains(*c)) {
        word.push(c);
    }
    word
}

fn blanks(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
}

fn quoted(rest: &mut Peekable<Chars<'_>>) -> String {
    let end = rest.next().expect("a quotation mark");
    let mut text = String::new();
    while let Some(c) = rest.next() {
        match c {
            '\\' => text.extend(rest.next()),
            c if c == end => break,
            c => text.push(c),
        }
    }
    text
}

/// What stands between here and `end`, without the first character.
fn until(rest: &mut Peekable<Chars<'_>>, end: char) -> String {
    rest.skip(1).take_while(|c| *c != end).collect()
}

#[test]
fn selectors_are_found_with_matchers_range_and_function() {
    let found = selectors(
        r#"sum by (a, b) (increase(x_total{job=~"$job", c!="}\""}[1d] offset -1d)) / on (a) group_left () (max without () (aster:y) > bool 1e3 and z)
        or label_replace({__name__="w"}, "p", "q", "", "") unless max_over_time(rate(v[5m])[30d:1m])"#,
    );
    let brief: Vec<_> = found
        .iter()
        .map(|s| (s.metric.as_str(), s.range.as_deref(), s.function.as_deref()))
        .collect();
    assert_eq!(
        brief,
        [
            ("x_total", Some("1d"), Some("increase")),
            ("aster:y", None, None),
            ("z", None, None),
            ("", None, Some("label_replace")),
            ("v", Some("5m"), Some("rate")),
        ]
    );
    let matcher = |label: &str, operator: &str, value: &str| Matcher {
        label: label.to_owned(),
        operator: operator.to_owned(),
        value: value.to_owned(),
    };
    assert_eq!(
        found[0].matchers,
        [matcher("job", "=~", "$job"), matcher("c", "!=", "}\"")]
    );
}

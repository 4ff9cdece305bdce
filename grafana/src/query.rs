//! Queries, without the labels that every selector has.

const TARGET: &str = r#"job=~"$job", instance=~"$instance""#;

/// Writes out the short forms of selectors:
/// `{#}` targets; `{@}` and the accounts; `{~}` the same and what belongs to no account; `{%}` accounts and symbols.
/// Further matchers follow after a comma.
pub fn expand(query: &str) -> String {
    let words: Vec<&str> = query.split_whitespace().collect();
    words
        .join(" ")
        .replace("{#", &format!("{{{TARGET}"))
        .replace("{@", &format!(r#"{{{TARGET}, account=~"$account""#))
        .replace("{~", &format!(r#"{{{TARGET}, account=~"$account|""#))
        .replace(
            "{%",
            &format!(r#"{{{TARGET}, account=~"$account", symbol=~"$symbol""#),
        )
}

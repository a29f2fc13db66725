//! Lines of Rust, read without a parser: code apart from comments and strings, tests apart from the rest.

/// A line of Rust in its two parts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RustLine {
    /// Counted from one.
    pub(crate) number: usize,
    /// Without the contents of strings.
    pub(crate) code: String,
    /// From the slashes to the end.
    pub(crate) comment: String,
}

/// The lines of a file.
pub(crate) fn lines(text: &str) -> Vec<RustLine> {
    text.lines()
        .zip(1..)
        .map(|(line, number)| split(line, number))
        .collect()
}

/// How many lines stand above the tests at the end of a file.
///
/// An attribute that declares a test module elsewhere, or stands on anything but a module, ends nothing: what follows
/// it is no test.
pub(crate) fn count_before_tests(text: &str) -> usize {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let is_start = |&index: &usize| {
        let after = lines
            .iter()
            .skip(index)
            .skip_while(|line| line.starts_with("#[") || line.starts_with("//"));
        lines.get(index) == Some(&"#[cfg(test)]") && after.take(1).any(|line| opens_module(line))
    };
    (0..lines.len()).find(is_start).unwrap_or(lines.len())
}

/// The modules that a file declares for its tests only and keeps in files of their own.
pub(crate) fn declared_test_modules(text: &str) -> Vec<&str> {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let pairs = lines.windows(2).filter_map(|pair| match pair {
        ["#[cfg(test)]", declaration] => Some(*declaration),
        _ => None,
    });
    pairs
        .filter_map(|declaration| module_name(declaration)?.strip_suffix(';'))
        .collect()
}

/// The paths that the `use` declarations name, in full, each with the number of its declaration's first line.
pub(crate) fn used_paths(lines: &[RustLine]) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    let mut declaration: Option<(usize, String)> = None;
    for line in lines {
        let code = line.code.trim();
        let (number, mut text) = match (declaration.take(), used(code)) {
            (Some(open), _) => open,
            (None, Some(_)) => (line.number, String::new()),
            (None, None) => continue,
        };
        text.push_str(code);
        text.push(' ');
        match text.split_once(';') {
            Some((whole, _)) => {
                let mut expanded = Vec::new();
                expand("", used(whole).unwrap_or_default(), &mut expanded);
                paths.extend(expanded.into_iter().map(|path| (number, path)));
            }
            None => declaration = Some((number, text)),
        }
    }
    paths
}

/// The names and paths that stand in a line of code.
pub(crate) fn paths(code: &str) -> impl Iterator<Item = &str> {
    let words = code.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'));
    words
        .map(|word| word.trim_matches(':'))
        .filter(|word| !word.is_empty())
}

fn split(line: &str, number: usize) -> RustLine {
    let mut code = String::new();
    let mut letters = line.char_indices().peekable();
    let mut in_string = false;
    while let Some((position, letter)) = letters.next() {
        match letter {
            '\\' if in_string => drop(letters.next()),
            '"' => {
                in_string = !in_string;
                code.push('"');
            }
            _ if in_string => {}
            '\'' => {
                code.push('\'');
                // A character, and not a lifetime: its quote must open no string.
                let rest = line.get(position..).unwrap_or_default();
                let skipped = if rest.starts_with("'\\") { 3 } else { 2 };
                if rest.chars().nth(skipped) == Some('\'') {
                    letters.by_ref().take(skipped).for_each(drop);
                }
            }
            '/' if letters.peek().is_some_and(|(_, next)| *next == '/') => {
                let comment = line.get(position..).unwrap_or_default().to_owned();
                return RustLine {
                    number,
                    code,
                    comment,
                };
            }
            _ => code.push(letter),
        }
    }
    RustLine {
        number,
        code,
        comment: String::new(),
    }
}

/// What follows `use`, whoever may see it.
fn used(code: &str) -> Option<&str> {
    let code = code.trim_start();
    let bare = match code.strip_prefix("pub(") {
        Some(rest) => rest.split_once(')').map_or(code, |(_, rest)| rest),
        None => code.strip_prefix("pub ").unwrap_or(code),
    };
    bare.trim_start().strip_prefix("use ")
}

fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    for branch in branches(tree) {
        let branch = branch.trim();
        if let Some((stem, rest)) = branch.split_once('{') {
            let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
            expand(&format!("{prefix}{}", stem.trim()), inner, paths);
        } else if !branch.is_empty() {
            let name = branch.split_once(" as ").map_or(branch, |(name, _)| name);
            paths.push(
                format!("{prefix}{}", name.trim())
                    .trim_start_matches(':')
                    .to_owned(),
            );
        }
    }
}

/// Splits at the commas that stand in no braces.
fn branches(tree: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let is_outer_comma = |letter: char| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    };
    tree.split(is_outer_comma).collect()
}

fn opens_module(line: &str) -> bool {
    module_name(line).is_some_and(|name| name.ends_with('{'))
}

fn module_name(line: &str) -> Option<&str> {
    line.strip_prefix("mod ")
        .or_else(|| line.split_once(" mod ").map(|(_, name)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &str) -> String {
        split(line, 1).code
    }

    #[test]
    fn comments_are_apart_from_code() {
        let line = split("let a = 1; // says b", 3);
        assert_eq!(
            (line.number, line.code.as_str(), line.comment.as_str()),
            (3, "let a = 1; ", "// says b")
        );
        assert_eq!(split("//! A", 1).comment, "//! A");
    }

    #[test]
    fn strings_are_neither_code_nor_comments() {
        assert_eq!(
            code(r#"open("http://a", "b\"c // d"); // e"#),
            r#"open("", ""); "#
        );
    }

    #[test]
    fn a_quoted_quote_opens_no_string() {
        assert_eq!(code("split('\"', tokio)"), "split(', tokio)");
        assert_eq!(code("split('\\'', tokio)"), "split(', tokio)");
        assert_eq!(code("fn of<'a>(a: &'a str)"), "fn of<'a>(a: &'a str)");
    }

    #[test]
    fn tests_begin_at_an_inline_module() {
        assert_eq!(count_before_tests("a\n#[cfg(test)]\nmod tests {\n}\n"), 1);
        assert_eq!(
            count_before_tests("a\n#[cfg(test)]\n#[expect(b)]\n// c\nmod tests {\n}\n"),
            1
        );
        assert_eq!(count_before_tests("a\n#[cfg(test)]\nmod tests;\nb\n"), 4);
        assert_eq!(count_before_tests("a\n#[cfg(test)]\nuse b;\nc\n"), 4);
        assert_eq!(count_before_tests("a\nb\n"), 2);
    }

    #[test]
    fn test_modules_in_other_files_are_found() {
        let text = "#[cfg(test)]\npub(crate) mod villain;\n#[cfg(test)]\nmod tests {\n}\nmod wire;\n";
        assert_eq!(declared_test_modules(text), ["villain"]);
    }

    #[test]
    fn use_trees_are_written_out() {
        let text = "use std::{collections::{BTreeMap, BTreeSet as Set},\n    fs, // files\n};\n\
                    pub(crate) use ::tokio::sync;\nuse a::{self, b};\nlet used = 1;\n";
        let used = used_paths(&lines(text));
        let expected = [
            (1, "std::collections::BTreeMap"),
            (1, "std::collections::BTreeSet"),
            (1, "std::fs"),
            (4, "tokio::sync"),
            (5, "a::self"),
            (5, "a::b"),
        ];
        assert_eq!(used, expected.map(|(line, path)| (line, path.to_owned())));
    }

    #[test]
    fn paths_are_taken_out_of_code() {
        let found: Vec<_> = paths("let a = ::std::fs::read(b.c)?;").collect();
        assert_eq!(found, ["let", "a", "std::fs::read", "b", "c"]);
    }
}

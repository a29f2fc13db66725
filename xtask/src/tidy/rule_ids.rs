//! Rule: what the specification states under an id is proved by a test, and nothing cites an id that it doesn't state.
//!
//! `docs/spec` states a rule as an id in bold; code and documents cite the id; a test that proves it carries the id in
//! its name, in small letters with an underscore on each side of the number.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Source, rust_text};

/// The letters and the number of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct RuleId {
    letters: String,
    digits: String,
}

impl RuleId {
    fn text(&self) -> String {
        format!("{}-{}", self.letters, self.digits)
    }

    fn is_named_by(&self, function: &str) -> bool {
        let part = format!("_{}_{}_", self.letters.to_ascii_lowercase(), self.digits);
        format!("_{function}").contains(&part)
    }
}

/// Standards whose names look like ids.
const STANDARDS: [&str; 14] = [
    "AES", "ASCII", "BIP", "CRC", "FIPS", "HMAC", "ISO", "MD", "NIP", "RFC", "RSA", "SHA", "UTF", "XEP",
];

const SPECIFICATION: &str = "docs/spec/";

pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let stated = stated(sources, &mut findings);
    let tests: Vec<_> = sources
        .iter()
        .filter(|source| source.is_rust())
        .flat_map(tests)
        .collect();
    for (id, (source, line)) in &stated {
        if !tests.iter().any(|test| id.is_named_by(&test.name)) {
            let part = format!("{}_{}_", id.letters.to_ascii_lowercase(), id.digits);
            let message = format!("{} is proved by no test: none has {part} in its name", id.text());
            findings.push(Finding::error(source, *line, message));
        }
    }
    let ids: BTreeSet<_> = stated.keys().cloned().collect();
    findings.extend(tests.iter().filter_map(|test| unknown_in_name(test, &ids)));
    findings.extend(sources.iter().flat_map(|source| unknown_citations(source, &ids)));
    findings
}

/// Where each id is stated, which may be once only.
fn stated<'a>(sources: &'a [Source], findings: &mut Vec<Finding>) -> BTreeMap<RuleId, (&'a Source, usize)> {
    let mut stated = BTreeMap::new();
    let specification = sources
        .iter()
        .filter(|source| source.path().starts_with(SPECIFICATION));
    for source in specification.filter(|source| source.extension() == "md") {
        for (line, number) in source.text().lines().zip(1..) {
            for bold in line
                .split("**")
                .skip(1)
                .step_by(2)
                .filter(|bold| is_like_id(bold))
            {
                let message = match parse(bold).map(|id| stated.insert(id, (source, number))) {
                    Some(None) => continue,
                    Some(Some(_)) => format!("{bold} is stated twice"),
                    None => format!(
                        "{bold} is no id: two to five letters, a hyphen, two or three digits, alone in bold"
                    ),
                };
                findings.push(Finding::error(source, number, message));
            }
        }
    }
    stated
}

/// Whether a text begins as an id does, and not with a standard's name.
fn is_like_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(letters, rest)| {
        !letters.is_empty()
            && letters.bytes().all(|byte| byte.is_ascii_uppercase())
            && rest.starts_with(|digit: char| digit.is_ascii_digit())
            && !STANDARDS.contains(&letters)
    })
}

struct Test<'a> {
    source: &'a Source,
    line: usize,
    name: String,
}

/// The functions that carry an attribute of a test, and all below `tests`: a macro makes tests of a suite that runs on
/// every store, and a function that nothing calls is a warning of the compiler.
fn tests(source: &Source) -> Vec<Test<'_>> {
    let mut found = Vec::new();
    let mut has_attribute = false;
    for line in rust_text::lines(source.text()) {
        let code = line.code.trim();
        if code.starts_with("#[") {
            has_attribute |= is_test_attribute(code);
        } else if let Some((_, rest)) = format!(" {code}").split_once(" fn ") {
            if has_attribute || source.is_below("tests") {
                let name = rest
                    .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
                    .next();
                found.push(Test {
                    source,
                    line: line.number,
                    name: name.unwrap_or_default().to_owned(),
                });
            }
            has_attribute = false;
        }
    }
    found
}

fn is_test_attribute(attribute: &str) -> bool {
    let path = attribute
        .trim_start_matches("#[")
        .split(['(', ']'])
        .next()
        .unwrap_or_default();
    path.rsplit("::").next() == Some("test")
}

/// A test whose name claims to prove a rule of a known family that is not stated.
fn unknown_in_name(test: &Test<'_>, stated: &BTreeSet<RuleId>) -> Option<Finding> {
    let words: Vec<_> = test.name.split('_').collect();
    let mut named = words.windows(2).filter_map(|pair| match pair {
        [letters, digits] => parse(&format!("{}-{digits}", letters.to_ascii_uppercase())),
        _ => None,
    });
    let is_of_family = |id: &RuleId| stated.iter().any(|known| known.letters == id.letters);
    let unknown = named.find(|id| is_of_family(id) && !stated.contains(id))?;
    let message = format!("{} is stated nowhere in {SPECIFICATION}", unknown.text());
    Some(Finding::error(test.source, test.line, message))
}

/// Citations in comments and documents of what is not stated.
fn unknown_citations(source: &Source, stated: &BTreeSet<RuleId>) -> Vec<Finding> {
    let cited: Vec<(usize, String)> = match source.extension() {
        "rs" => rust_text::lines(source.text())
            .into_iter()
            .map(|line| (line.number, line.comment))
            .collect(),
        "md" => source
            .text()
            .lines()
            .zip(1..)
            .map(|(line, number)| (number, line.to_owned()))
            .collect(),
        _ => return Vec::new(),
    };
    // Documents speak of much that looks like an id, code only of ours and of standards.
    let is_ours = |id: &RuleId| match source.extension() {
        "rs" => !STANDARDS.contains(&id.letters.as_str()),
        _ => stated.iter().any(|known| known.letters == id.letters),
    };
    let unknown = cited
        .iter()
        .flat_map(|(number, text)| ids(text).map(move |id| (*number, id)));
    let unknown = unknown.filter(|(_, id)| is_ours(id) && !stated.contains(id));
    let message = |id: &RuleId| format!("{} is stated nowhere in {SPECIFICATION}", id.text());
    unknown
        .map(|(number, id)| Finding::error(source, number, message(&id)))
        .collect()
}

/// Every id in a text.
fn ids(text: &str) -> impl Iterator<Item = RuleId> {
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '-' || letter == '_'))
        .filter_map(parse)
}

fn parse(word: &str) -> Option<RuleId> {
    let (letters, digits) = word.split_once('-')?;
    let well_formed = (2..=5).contains(&letters.len())
        && letters.bytes().all(|byte| byte.is_ascii_uppercase())
        && (2..=3).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then(|| RuleId {
        letters: letters.to_owned(),
        digits: digits.to_owned(),
    })
}

#[cfg(test)]
mod tests;

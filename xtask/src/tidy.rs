//! `cargo xtask tidy`: the house rules that no compiler knows, checked line by line.
//!
//! It does not parse Rust: a rule that needs a parser belongs to a lint. Each rule is a function from sources to
//! findings, with tests that show it failing; the tree itself is judged by `the_tree_is_tidy`, a test like any other.

mod blobs;
mod edges;
mod finding;
mod purity;
mod rule_ids;
mod rust_text;
mod shape;
mod source;
#[cfg(test)]
mod tests;
mod words;

use anyhow::ensure;

use self::finding::{Finding, Severity};
pub(crate) use self::source::{Source, sources};

/// Prints what is untidy; warnings alone are no failure.
pub(crate) fn run() -> anyhow::Result<()> {
    println!("\n> tidy");
    let findings = judge_tree()?;
    for finding in &findings {
        println!("{finding}");
    }
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    ensure!(errors == 0, "the tree is untidy in {errors} places");
    Ok(())
}

fn judge_tree() -> anyhow::Result<Vec<Finding>> {
    let sources = sources()?;
    let mut findings = edges::check(&edges::Workspace::read()?, &sources);
    findings.extend(sources.iter().flat_map(judge_source));
    findings.extend(purity::check(&sources));
    findings.extend(rule_ids::check(&sources));
    findings.sort();
    Ok(findings)
}

fn judge_source(source: &Source) -> Vec<Finding> {
    [blobs::check(source), words::check(source), shape::check(source)].concat()
}

//! Rule: crates depend on each other only as ARCHITECTURE.md draws it, and third-party crates stay behind their walls.
//!
//! A new edge is a line in one of these tables, and that line is what a reviewer looks at.

use anyhow::Context;
use serde::Deserialize;

use super::{Finding, Source};
use crate::step::{Step, root};

/// A crate of the workspace, and those that it may depend on.
struct Crate {
    name: &'static str,
    edges: &'static [&'static str],
    /// In its tests besides.
    test_edges: &'static [&'static str],
}

const CRATES: [Crate; 15] = [
    Crate {
        name: "xchat-proto",
        edges: &[],
        test_edges: &[],
    },
    Crate {
        name: "xchat-core",
        edges: &["xchat-proto"],
        test_edges: &[],
    },
    Crate {
        name: "xchat-archives",
        edges: &[],
        test_edges: &[],
    },
    Crate {
        name: "xchat-media",
        edges: &[],
        test_edges: &[],
    },
    Crate {
        name: "xchat-blobs",
        edges: &[],
        test_edges: &[],
    },
    Crate {
        name: "xchat-mailbox",
        edges: &["xchat-proto"],
        test_edges: &[],
    },
    Crate {
        name: "xchat-directory",
        edges: &["xchat-proto"],
        test_edges: &[],
    },
    Crate {
        name: "xchat-consensus",
        edges: &["xchat-proto", "xchat-directory"],
        test_edges: &[],
    },
    Crate {
        name: "xchat-net",
        edges: &["xchat-proto"],
        test_edges: &[],
    },
    Crate {
        name: "xchat-node",
        edges: &[
            "xchat-proto",
            "xchat-net",
            "xchat-blobs",
            "xchat-mailbox",
            "xchat-directory",
            "xchat-consensus",
        ],
        test_edges: &[],
    },
    Crate {
        name: "xchat-client",
        edges: &[
            "xchat-proto",
            "xchat-core",
            "xchat-net",
            "xchat-blobs",
            "xchat-media",
            "xchat-archives",
        ],
        test_edges: &["xchat-node"],
    },
    Crate {
        name: "xchat",
        edges: &["xchat-client", "xchat-node"],
        test_edges: &["xchat-proto"],
    },
    Crate {
        name: "xchat-sim",
        edges: &["xchat-proto", "xchat-core", "xchat-mailbox", "xchat-directory"],
        test_edges: &[],
    },
    Crate {
        name: "xchat-bench",
        edges: &[
            "xchat-proto",
            "xchat-core",
            "xchat-blobs",
            "xchat-mailbox",
            "xchat-directory",
            "xchat-net",
            "xchat-node",
            "xchat-client",
        ],
        test_edges: &[],
    },
    Crate {
        name: "xtask",
        edges: &[],
        test_edges: &[],
    },
];

/// Third-party crates, and the crates that may name them, also in tests. The first wall that matches counts.
struct Wall {
    /// A name, or the beginning of one before a star.
    dependency: &'static str,
    owners: &'static [&'static str],
}

/// The benchmarks measure raw limits beside us, and so may name what sets them.
const WALLS: [Wall; 15] = [
    Wall {
        dependency: "openmls*",
        owners: &["xchat-core", "xchat-bench"],
    },
    Wall {
        dependency: "rusqlite*",
        owners: &["xchat-core", "xchat-bench"],
    },
    Wall {
        dependency: "iroh-relay",
        owners: &["xchat-node"],
    },
    Wall {
        dependency: "iroh*",
        owners: &["xchat-net", "xchat-node", "xchat-client", "xchat-bench"],
    },
    Wall {
        dependency: "commonware-*",
        owners: &["xchat-consensus"],
    },
    Wall {
        dependency: "fjall",
        owners: &[
            "xchat-mailbox",
            "xchat-directory",
            "xchat-consensus",
            "xchat-bench",
        ],
    },
    Wall {
        dependency: "bao-tree",
        owners: &["xchat-blobs"],
    },
    Wall {
        dependency: "aws-lc-*",
        owners: &["xchat-blobs"],
    },
    Wall {
        dependency: "aead-stream",
        owners: &["xchat-blobs"],
    },
    Wall {
        dependency: "zip",
        owners: &["xchat-archives"],
    },
    Wall {
        dependency: "image*",
        // The benchmark draws the photos that it measures.
        owners: &["xchat-media", "xchat-bench"],
    },
    Wall {
        dependency: "axum*",
        owners: &["xchat"],
    },
    Wall {
        dependency: "clap*",
        owners: &["xchat", "xchat-sim", "xchat-bench", "xtask"],
    },
    Wall {
        dependency: "tokio",
        owners: &[
            "xchat-consensus",
            "xchat-net",
            "xchat-node",
            "xchat-client",
            "xchat",
            "xchat-bench",
        ],
    },
    Wall {
        dependency: "anyhow",
        // The directory, because the map crate's reader trait returns its errors.
        owners: &["xchat", "xchat-directory", "xchat-sim", "xchat-bench", "xtask"],
    },
];

/// What cargo knows of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

impl Workspace {
    /// Asks cargo, without the network.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let metadata =
            Step::cargo(["metadata", "--no-deps", "--offline", "--format-version", "1"]).output()?;
        serde_json::from_str(&metadata).context("cargo metadata is not as expected")
    }
}

pub(crate) fn check(workspace: &Workspace, sources: &[Source]) -> Vec<Finding> {
    workspace
        .packages
        .iter()
        .flat_map(|package| check_package(package, workspace, sources))
        .collect()
}

fn check_package(package: &Package, workspace: &Workspace, sources: &[Source]) -> Vec<Finding> {
    let manifest = manifest_of(package, sources);
    let Some(known) = CRATES.iter().find(|known| known.name == package.name) else {
        let message = format!("{} has no line in the table of edges of xtask tidy", package.name);
        return vec![Finding::error(&manifest, 1, message)];
    };
    let mut findings = Vec::new();
    if !inherits_lints(manifest.text()) {
        findings.push(Finding::error(
            &manifest,
            1,
            "[lints] workspace = true is missing",
        ));
    }
    for dependency in &package.dependencies {
        let is_ours = workspace
            .packages
            .iter()
            .any(|other| other.name == dependency.name);
        let message = if is_ours {
            edge_breach(known, dependency)
        } else {
            wall_breach(known, &dependency.name)
        };
        let line = line_naming(&manifest, &dependency.name);
        findings.extend(message.map(|message| Finding::error(&manifest, line, message)));
    }
    findings
}

fn edge_breach(known: &Crate, dependency: &Dependency) -> Option<String> {
    let name = dependency.name.as_str();
    let is_for_tests = dependency.kind.as_deref() == Some("dev");
    let allowed = known.edges.contains(&name) || is_for_tests && known.test_edges.contains(&name);
    (!allowed).then(|| format!("{} may not depend on {name}", known.name))
}

fn wall_breach(known: &Crate, dependency: &str) -> Option<String> {
    let is_behind = |wall: &&Wall| match wall.dependency.strip_suffix('*') {
        Some(beginning) => dependency.starts_with(beginning),
        None => dependency == wall.dependency,
    };
    let wall = WALLS.iter().find(is_behind)?;
    let allowed = wall.owners.contains(&known.name);
    (!allowed).then(|| {
        format!(
            "{dependency} is named only in {}, not in {}",
            wall.owners.join(", "),
            known.name
        )
    })
}

fn manifest_of(package: &Package, sources: &[Source]) -> Source {
    let path = package.manifest_path.replace('\\', "/");
    let root = format!("{}/", root().display()).replace('\\', "/");
    let path = path.strip_prefix(&root).unwrap_or(&path);
    let found = sources.iter().find(|source| source.path() == path);
    found.cloned().unwrap_or_else(|| Source::new(path, ""))
}

fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "[lints]");
    lines.nth(1) == Some("workspace = true")
}

fn line_naming(manifest: &Source, dependency: &str) -> usize {
    let names = |line: &str| {
        let end = line.find(|letter: char| !(letter.is_alphanumeric() || letter == '-' || letter == '_'));
        end.and_then(|end| line.get(..end)) == Some(dependency)
    };
    manifest
        .text()
        .lines()
        .zip(1..)
        .find(|(line, _)| names(line))
        .map_or(1, |(_, number)| number)
}

#[cfg(test)]
mod tests;

//! The tables, and that breaking them is found.

use super::*;

const LINTS: &str = "[lints]\nworkspace = true\n";

fn dependency(name: &str, kind: Option<&str>) -> Dependency {
    Dependency {
        name: name.to_owned(),
        kind: kind.map(str::to_owned),
    }
}

/// What is said about a crate with one dependency, in a workspace of all crates.
fn found(name: &str, dependency: Dependency) -> Vec<String> {
    let manifest_path = |name: &str| format!("{}/crates/{name}/Cargo.toml", root().display());
    let mut packages: Vec<_> = CRATES
        .iter()
        .map(|known| Package {
            name: known.name.to_owned(),
            manifest_path: manifest_path(known.name),
            dependencies: Vec::new(),
        })
        .collect();
    let text = format!("[dependencies]\n{}.workspace = true\n{LINTS}", dependency.name);
    let sources: Vec<_> = CRATES
        .iter()
        .map(|known| Source::new(format!("crates/{}/Cargo.toml", known.name), text.as_str()))
        .collect();
    packages
        .iter_mut()
        .find(|package| package.name == name)
        .unwrap()
        .dependencies
        .push(dependency);
    check(&Workspace { packages }, &sources)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn drawn_edges_are_allowed() {
    assert!(found("xchat-core", dependency("xchat-proto", None)).is_empty());
    assert!(found("xchat-core", dependency("openmls_traits", None)).is_empty());
    assert!(found("xchat-node", dependency("iroh-relay", None)).is_empty());
    assert!(found("xchat-core", dependency("serde", None)).is_empty());
}

#[test]
fn an_edge_that_is_not_drawn_is_found_where_it_stands() {
    assert_eq!(
        found("xchat-mailbox", dependency("xchat-directory", None)),
        ["crates/xchat-mailbox/Cargo.toml:2: xchat-mailbox may not depend on xchat-directory"]
    );
}

#[test]
fn tests_may_depend_on_more_but_only_tests() {
    assert!(found("xchat-client", dependency("xchat-node", Some("dev"))).is_empty());
    assert_eq!(found("xchat-client", dependency("xchat-node", None)).len(), 1);
    assert_eq!(
        found("xchat-client", dependency("xchat-node", Some("build"))).len(),
        1
    );
    assert_eq!(
        found("xchat-proto", dependency("xchat-consensus", Some("dev"))).len(),
        1
    );
}

#[test]
fn third_party_crates_stay_behind_their_walls() {
    let breaches = [
        ("xchat-client", "openmls"),
        ("xchat-sim", "openmls_basic_credential"),
        ("xchat-node", "rusqlite"),
        ("xchat", "iroh"),
        ("xchat", "iroh-blobs"),
        ("xchat-client", "iroh-relay"),
        ("xchat-directory", "commonware-codec"),
        ("xchat-core", "fjall"),
        ("xchat-client", "axum"),
        ("xchat-node", "clap"),
        ("xchat-mailbox", "tokio"),
        ("xchat-core", "anyhow"),
    ];
    for (name, third_party) in breaches {
        assert_eq!(
            found(name, dependency(third_party, None)).len(),
            1,
            "{name} {third_party}"
        );
        assert_eq!(
            found(name, dependency(third_party, Some("dev"))).len(),
            1,
            "{name} {third_party}"
        );
    }
}

#[test]
fn a_crate_without_a_line_in_the_table_is_found() {
    let package = Package {
        name: "xchat-new".to_owned(),
        manifest_path: "new/Cargo.toml".to_owned(),
        dependencies: Vec::new(),
    };
    let findings = check(
        &Workspace {
            packages: vec![package],
        },
        &[],
    );
    assert_eq!(findings.len(), 1);
}

#[test]
fn every_crate_inherits_the_lints() {
    assert!(inherits_lints(
        "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"
    ));
    assert!(!inherits_lints("[package]\nname = \"a\"\n"));
    assert!(!inherits_lints(
        "[lints.rust]\nunsafe_code = \"allow\"\n[package]\nedition.workspace = true\n"
    ));
}

#[test]
fn the_tables_name_only_crates_they_know() {
    let known = |name: &str| CRATES.iter().any(|known| known.name == name);
    assert!(
        CRATES
            .iter()
            .flat_map(|one| one.edges.iter().chain(one.test_edges))
            .all(|name| known(name))
    );
    assert!(WALLS.iter().flat_map(|wall| wall.owners).all(|name| known(name)));
}

//! Rule: the pure crates know no files, no sockets, no clock and no runtime. Their tests may.

use std::collections::BTreeSet;

use super::{Finding, Source, rust_text};

/// A pure crate, and the part of it that may touch the world.
struct PureCrate {
    sources: &'static str,
    except: Option<&'static str>,
}

const PURE_CRATES: [PureCrate; 6] = [
    PureCrate {
        sources: "crates/proto/src/",
        except: None,
    },
    PureCrate {
        sources: "crates/core/src/",
        except: None,
    },
    PureCrate {
        sources: "crates/archives/src/",
        except: None,
    },
    PureCrate {
        sources: "crates/media/src/",
        except: None,
    },
    PureCrate {
        sources: "crates/mailbox/src/",
        except: Some("crates/mailbox/src/store"),
    },
    PureCrate {
        sources: "crates/directory/src/",
        except: Some("crates/directory/src/store"),
    },
];

const BANNED_PATHS: [(&str, &str); 3] = [
    ("std::fs", "the body reads and writes files"),
    ("std::net", "the body has the sockets; addresses are in core::net"),
    ("tokio", "a machine is driven, it does not wait"),
];

const BANNED_NAMES: [(&str, &str); 2] = [
    ("SystemTime", "time is an argument: now_ms"),
    ("Instant", "time is an argument: now_ms"),
];

pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let test_files: BTreeSet<_> = sources.iter().flat_map(test_files).collect();
    let pure = sources
        .iter()
        .filter(|source| is_pure(source) && !test_files.contains(source.path()));
    pure.flat_map(check_source).collect()
}

fn check_source(source: &Source) -> Vec<Finding> {
    let mut lines = rust_text::lines(source.text());
    lines.truncate(rust_text::count_before_tests(source.text()));
    let used = rust_text::used_paths(&lines);
    let named = lines
        .iter()
        .flat_map(|line| rust_text::paths(&line.code).map(|path| (line.number, path)));
    let mut breaches: BTreeSet<_> = used
        .iter()
        .filter_map(|(line, path)| Some((*line, breach(path, true)?)))
        .collect();
    breaches.extend(named.filter_map(|(line, path)| Some((line, breach(path, false)?))));
    let to_finding =
        |(line, (name, reason))| Finding::error(source, line, format!("{name} in a pure crate: {reason}"));
    breaches.into_iter().map(to_finding).collect()
}

/// What is banned about a path, and why. A bare name such as `tokio` is a path only where it is `used`.
fn breach(path: &str, used: bool) -> Option<(&'static str, &'static str)> {
    let is_prefix = |banned: &str| match path.strip_prefix(banned) {
        Some("") => used || banned.contains("::"),
        Some(rest) => rest.starts_with("::"),
        None => false,
    };
    let banned_path = BANNED_PATHS.into_iter().find(|(banned, _)| is_prefix(banned));
    let banned_name = || {
        BANNED_NAMES
            .into_iter()
            .find(|(banned, _)| path.split("::").any(|name| name == *banned))
    };
    banned_path.or_else(banned_name)
}

fn is_pure(source: &Source) -> bool {
    let is_of = |pure: &PureCrate| {
        let excepted = pure
            .except
            .is_some_and(|except| source.path().starts_with(except));
        source.path().starts_with(pure.sources) && !excepted
    };
    source.is_rust() && !source.is_test() && PURE_CRATES.iter().any(is_of)
}

/// The files that a file declares as modules for its tests.
fn test_files(source: &Source) -> Vec<String> {
    let path = source.path();
    let folder = match path
        .strip_suffix("/lib.rs")
        .or_else(|| path.strip_suffix("/main.rs"))
    {
        Some(folder) => folder,
        None => path.trim_end_matches(".rs"),
    };
    let modules = rust_text::declared_test_modules(source.text());
    modules
        .into_iter()
        .map(|module| format!("{folder}/{module}.rs"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<usize> {
        check(&[Source::new(path, text)])
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn what_is_banned_is_found() {
        let banned = [
            "use std::fs;",
            "use std::{\n    io,\n    net::{IpAddr, Ipv4Addr},\n};",
            "let a = ::std::fs::read(b);",
            "use tokio;",
            "pub use tokio::sync::mpsc;",
            "tokio::spawn(a);",
            "let a = SystemTime::now();",
            "fn due(at: std::time::Instant) {}",
        ];
        for text in banned {
            assert_eq!(found("crates/core/src/a.rs", text), [1], "{text}");
        }
    }

    #[test]
    fn what_is_allowed_is_left_alone() {
        let allowed = [
            "use core::net::IpAddr;",
            "use std::{collections::BTreeMap, path::Path};",
            "//! Never SystemTime::now, never tokio::spawn.",
            "let tokio = \"std::fs\";",
            "Instantly::go(std::fsync());",
        ];
        for text in allowed {
            assert_eq!(found("crates/core/src/a.rs", text), [0; 0], "{text}");
        }
    }

    #[test]
    fn only_pure_crates_are_bound() {
        for path in [
            "crates/proto/src/a.rs",
            "crates/mailbox/src/log.rs",
            "crates/directory/src/a/b.rs",
        ] {
            assert_eq!(found(path, "use std::fs;"), [1], "{path}");
        }
        for path in [
            "crates/node/src/a.rs",
            "crates/mailbox/src/store/fjall.rs",
            "crates/mailbox/src/store.rs",
            "crates/directory/src/store/disk.rs",
        ] {
            assert_eq!(found(path, "use std::fs;"), [0; 0], "{path}");
        }
    }

    #[test]
    fn tests_are_not_bound() {
        assert_eq!(found("crates/core/src/a/tests.rs", "use std::fs;"), [0; 0]);
        assert_eq!(
            found(
                "crates/core/src/a.rs",
                "a\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n"
            ),
            [0; 0]
        );
        let declared = [
            Source::new(
                "crates/core/src/lib.rs",
                "#[cfg(test)]\nmod villain;\nmod outbox;\n",
            ),
            Source::new("crates/core/src/villain.rs", "use std::fs;\n"),
            Source::new("crates/core/src/outbox.rs", "use std::fs;\n"),
        ];
        let findings = check(&declared);
        let paths: Vec<_> = findings.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, ["crates/core/src/outbox.rs"]);
    }
}

//! What the tests need of the system beyond Rust, as Debian packages.

use crate::step::{Step, find_command};

/// A command, and the package that brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Need {
    command: &'static str,
    package: &'static str,
}

const NEEDS: [Need; 8] = [
    Need {
        command: "cc",
        package: "build-essential",
    },
    Need {
        command: "make",
        package: "build-essential",
    },
    // The vendored OpenSSL is configured by a perl program.
    Need {
        command: "perl",
        package: "perl",
    },
    // Tests run the product in a network namespace of its own and count the packets that leave it.
    Need {
        command: "ip",
        package: "iproute2",
    },
    Need {
        command: "unshare",
        package: "util-linux",
    },
    // The page is built, and used in a real browser.
    Need {
        command: "node",
        package: "nodejs",
    },
    Need {
        command: "npm",
        package: "npm",
    },
    Need {
        command: "chromium",
        package: "chromium",
    },
];

/// Installs what is missing where that is ours to do, and says what is missing where it is not.
pub(crate) fn install_missing() -> anyhow::Result<()> {
    let packages = missing(|command| find_command(command).is_some());
    if packages.is_empty() {
        return Ok(());
    }
    if !(is_root() && find_command("apt-get").is_some()) {
        println!(
            "MISSING: tests that need it will fail. To install it: apt-get install {}",
            packages.join(" ")
        );
        return Ok(());
    }
    let apt =
        |arguments: &[&str]| Step::new("apt-get", arguments).environment("DEBIAN_FRONTEND", "noninteractive");
    apt(&["update"]).run()?;
    apt(&["install", "--yes", "--no-install-recommends"])
        .with(packages)
        .run()
}

fn missing(is_installed: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let missing = NEEDS.iter().filter(|need| !is_installed(need.command));
    let mut packages: Vec<_> = missing.map(|need| need.package).collect();
    packages.dedup();
    packages
}

fn is_root() -> bool {
    Step::new("id", ["-u"])
        .output()
        .is_ok_and(|user| user.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_missing_where_all_is_installed() {
        assert!(missing(|_| true).is_empty());
    }

    #[test]
    fn each_missing_package_is_named_once() {
        assert_eq!(
            missing(|_| false),
            [
                "build-essential",
                "perl",
                "iproute2",
                "util-linux",
                "nodejs",
                "npm",
                "chromium"
            ]
        );
        assert_eq!(missing(|command| command != "ip"), ["iproute2"]);
    }
}

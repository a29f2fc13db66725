//! Rule: the tree holds text, of a size that a person can review.

use super::{Finding, Source};

/// In bytes.
const SIZE_MAX: usize = 512 * 1024;

/// Where bytes may be what they are: images, inputs that a fuzzer found, and test vectors.
fn may_be_binary(source: &Source) -> bool {
    source.extension() == "png" || ["corpus", "vectors"].iter().any(|folder| source.is_below(folder))
}

pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if source.size() > SIZE_MAX {
        let message = format!(
            "{} bytes, and no file may have more than {SIZE_MAX}",
            source.size()
        );
        findings.push(Finding::error(source, 1, message));
    }
    if !source.is_text() && !may_be_binary(source) {
        findings.push(Finding::error(
            source,
            1,
            "not text; only images, fuzz corpora and vectors may be binary",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, bytes: Vec<u8>) -> usize {
        check(&Source::new(path, bytes)).len()
    }

    #[test]
    fn a_file_has_a_largest_size() {
        assert_eq!(count("docs/a.md", vec![b'a'; SIZE_MAX]), 0);
        assert_eq!(count("docs/a.md", vec![b'a'; SIZE_MAX + 1]), 1);
        assert_eq!(count("docs/a.png", vec![0; SIZE_MAX + 1]), 1);
    }

    #[test]
    fn binary_files_have_their_places() {
        assert_eq!(count("crates/app/a.bin", vec![0]), 1);
        assert_eq!(count("docs/a.png", vec![0]), 0);
        assert_eq!(count("fuzz/corpus/envelope/0a1b", vec![0xff]), 0);
        assert_eq!(count("crates/proto/tests/vectors/block.cert", vec![0]), 0);
    }
}

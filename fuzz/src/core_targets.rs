//! Targets of `core`: what stands inside envelopes, and the MLS messages of strangers.
//!
//! Included by `crates/core/tests/corpus.rs` too, so it names nothing but `core`, `proto` and what their tests have.

use openmls::prelude::tls_codec::Deserialize as _;
use openmls::prelude::{BasicCredential, KeyPackageIn, MlsMessageIn};
use xchat_core::content::{Content, Part};
use xchat_core::envelope::unpad;
use xchat_core::leaf::verify_leaf;
use xchat_core::phrase::Phrase;
use xchat_core::sign;
use xchat_core::words::{self, Terms};
use xchat_proto::codec;

/// A target: its name, which its corpus has too, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this file.
pub const TARGETS: [Target; 8] = [
    ("content", content),
    ("ephemeral", ephemeral),
    ("key_package", key_package),
    ("leaf", leaf),
    ("mls_message", mls_message),
    ("padding", padding),
    ("phrase", phrase),
    ("words", words),
];

/// What a member wrote.
pub fn content(bytes: &[u8]) {
    let Ok(content) = Content::decode(bytes) else {
        return;
    };
    // Of a part that this version doesn't know, only the kind is kept.
    if !matches!(content.part, Part::Unknown { .. }) {
        let encoded = content.encode().expect("what was read can be written");
        assert_eq!(Content::decode(&encoded), Ok(content));
    }
}

/// Typing and presence, in an opened envelope.
pub fn ephemeral(bytes: &[u8]) {
    let Ok(signed) = sign::decode(bytes) else {
        return;
    };
    let again = sign::decode(&codec::encode(&signed));
    assert_eq!(again, Ok(signed.clone()), "what we write we read");
    if let Ok(claimed) = signed.unverified() {
        let verified = signed.verify(&claimed.device);
        assert!(
            verified.is_err() || verified == Ok(claimed),
            "what is signed is what was claimed"
        );
    }
}

/// What a home hands out as a device's KeyPackage, before anything of it is believed.
pub fn key_package(bytes: &[u8]) {
    let _ = KeyPackageIn::tls_deserialize_exact(bytes);
}

/// A credential and the key that signs with it.
pub fn leaf(bytes: &[u8]) {
    let credential = BasicCredential::new(bytes.to_vec()).into();
    let key = bytes.get(..32).unwrap_or_default();
    let _ = verify_leaf(&credential, key);
}

/// What an opened envelope or a Welcome holds.
pub fn mls_message(bytes: &[u8]) {
    if let Ok(message) = MlsMessageIn::tls_deserialize_exact(bytes) {
        let _ = message.extract();
    }
}

/// The padding inside an envelope.
pub fn padding(bytes: &[u8]) {
    if let Ok(message) = unpad(bytes.to_vec()) {
        assert!(message.len() < bytes.len());
    }
}

/// Words that a user typed.
pub fn phrase(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Phrase::parse(text);
    }
}

/// What people write and search, whatever it is: words stand in order in the text, and it is found by itself.
pub fn words(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut start = 0;
    for word in words::of(&text) {
        assert!(word.from >= start && word.from < word.to, "words stand in order");
        assert!(
            text.get(word.from..word.to).is_some(),
            "words are parts of the text"
        );
        assert!(
            !word.text.contains([' ', '"', '\u{e000}']),
            "nobody forges a word"
        );
        start = word.from;
    }
    let marks = Terms::of(&text).marks(&text).expect("a text is found by itself");
    for mark in marks {
        assert!(text.get(mark).is_some(), "marks are parts of the text");
    }
}

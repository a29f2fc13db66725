//! What a person is asked, and answers, in a terminal.

pub(crate) mod chat;
pub(crate) mod lines;
pub(crate) mod onboarding;
pub(crate) mod talk;
pub(crate) mod words;

//! What people see of polls.

use xchat_proto::name::Name;

/// A poll as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollView {
    /// What is asked.
    pub question: String,
    /// What can be chosen, in that order.
    pub choices: Vec<ChoiceView>,
    /// Whether one may choose several.
    pub is_multiple: bool,
    /// Whether its author has ended it.
    pub is_ended: bool,
    /// How many people have voted.
    pub voters: usize,
}

/// What can be chosen in a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceView {
    /// What it says.
    pub text: String,
    /// Who has chosen it.
    pub names: Vec<Name>,
    /// Whether this account has.
    pub mine: bool,
}

//! From the SDK's plain data to the twins that travel.

use data_encoding::HEXLOWER;
use xchat_client::{
    ChoiceView, ContactChange, ConversationState, ConversationView, Endpoint, Event, Identity, MessageState,
    MessageView, Name, NameStanding, NetworkInvitation, NetworkReport, NodeReport, NoticeView, PollView,
    ReactionView, RequestView, SafetyView, Update, Verification,
};

use super::failures::failed;
use super::{chats, directory, files, me};
use crate::dto;
use crate::failure::Failure;
use crate::qr;

pub(super) fn identity(identity: &Identity) -> dto::Identity {
    dto::Identity {
        name: identity.name.as_ref().map(|name| name.as_str().to_owned()),
        account: HEXLOWER.encode(&identity.account.0),
        device: HEXLOWER.encode(&identity.device.0),
        registered: identity.registered,
        released: identity.released,
    }
}

pub(super) fn name_lookup(name: &Name, standing: NameStanding) -> dto::NameLookup {
    let (standing, similar, until_ms) = match standing {
        NameStanding::Free => (dto::NameStanding::Free, None, None),
        NameStanding::Taken => (dto::NameStanding::Taken, None, None),
        NameStanding::Reserved => (dto::NameStanding::Reserved, None, None),
        NameStanding::Similar(other) => (dto::NameStanding::Similar, Some(other), None),
        NameStanding::Resting { until_ms } => (dto::NameStanding::Resting, None, Some(until_ms)),
    };
    dto::NameLookup {
        name: name.as_str().to_owned(),
        standing,
        similar: similar.map(|other| other.as_str().to_owned()),
        until_ms,
    }
}

fn message_state(state: MessageState) -> dto::MessageState {
    match state {
        MessageState::Waiting => dto::MessageState::Waiting,
        MessageState::Sent => dto::MessageState::Sent,
        MessageState::Delivered => dto::MessageState::Delivered,
        MessageState::Read => dto::MessageState::Read,
        MessageState::Received => dto::MessageState::Received,
    }
}

pub(super) fn message(view: &MessageView) -> dto::Message {
    dto::Message {
        row: view.row,
        id: HEXLOWER.encode(&view.id.0),
        conversation: view.conversation.0,
        from: view.from.as_str().to_owned(),
        mine: view.mine,
        text: view.text.clone(),
        sent_ms: view.sent_ms,
        state: message_state(view.state),
        edited_ms: view.edited_ms,
        deleted: view.is_deleted,
        forwarded: view.is_forwarded,
        notice: view.notice.map(|notice| match notice {
            NoticeView::Timer(timer_s) => dto::Notice::Timer { timer_s },
        }),
        timer_s: view.timer_s,
        starred: view.is_starred,
        pinned: view.is_pinned,
        expires_ms: view.expires_ms,
        reply: view.reply.as_ref().map(|reply| dto::Reply {
            row: reply.row,
            from: reply.from.as_ref().map(|name| name.as_str().to_owned()),
            text: reply.text.clone(),
            file: reply.file.map(files::kind),
            deleted: reply.is_deleted,
        }),
        reactions: view.reactions.iter().map(reaction).collect(),
        attachments: view
            .files
            .iter()
            .map(|file| files::attachment(file, view.mine))
            .collect(),
        poll: view.poll.as_ref().map(poll),
        answers: view.answers.clone(),
    }
}

fn poll(view: &PollView) -> dto::Poll {
    let choice = |view: &ChoiceView| dto::Choice {
        text: view.text.clone(),
        names: view.names.iter().map(|name| name.as_str().to_owned()).collect(),
        mine: view.mine,
    };
    dto::Poll {
        question: view.question.clone(),
        choices: view.choices.iter().map(choice).collect(),
        multiple: view.is_multiple,
        ended: view.is_ended,
        voters: view.voters,
    }
}

fn reaction(view: &ReactionView) -> dto::Reaction {
    dto::Reaction {
        emoji: view.emoji.clone(),
        names: view.names.iter().map(|name| name.as_str().to_owned()).collect(),
        mine: view.mine,
    }
}

fn conversation_state(state: ConversationState) -> dto::ConversationState {
    match state {
        ConversationState::Starting => dto::ConversationState::Starting,
        ConversationState::Joining => dto::ConversationState::Joining,
        ConversationState::Active => dto::ConversationState::Active,
        ConversationState::Broken => dto::ConversationState::Broken,
        ConversationState::Restored => dto::ConversationState::Restored,
        ConversationState::Removed => dto::ConversationState::Removed,
    }
}

fn verification(verification: Verification) -> dto::Verification {
    match verification {
        Verification::None => dto::Verification::None,
        Verification::Verified => dto::Verification::Verified,
        Verification::Changed => dto::Verification::Changed,
    }
}

fn contact_change(change: ContactChange) -> dto::ContactChange {
    match change {
        ContactChange::Account => dto::ContactChange::Account,
        ContactChange::IdentityKey => dto::ContactChange::IdentityKey,
        ContactChange::Device => dto::ContactChange::Device,
    }
}

pub(super) fn safety(view: &SafetyView) -> Result<dto::Safety, Failure> {
    Ok(dto::Safety {
        groups: view.groups.to_vec(),
        qr: qr::dots(&view.code)?,
        code: view.code.clone(),
        verification: verification(view.verification),
        change: view.change.map(contact_change),
        proof: view.proof.as_ref().map(|proof| dto::DirectoryProof {
            height: proof.height,
            block_ms: proof.block_ms,
            operators: proof.operators,
            signers: proof.signers,
            asked: proof.asked,
            agreed: proof.agreed,
            checked_ms: proof.checked_ms,
        }),
    })
}

pub(super) fn conversation(view: &ConversationView) -> dto::Conversation {
    dto::Conversation {
        id: view.id.0,
        peer: view.peer.as_str().to_owned(),
        account: HEXLOWER.encode(&view.account.0),
        is_note: view.is_note,
        is_accepted: view.is_accepted,
        profile: view
            .profile
            .as_ref()
            .map(|profile| me::about(profile, &view.account)),
        timer_s: view.timer_s,
        settings: chats::settings(&view.settings),
        verification: verification(view.verification),
        change: view.change.map(contact_change),
        state: conversation_state(view.state),
        trouble: view.trouble.clone(),
        unread: view.unread,
        first_unread: view.first_unread,
        last: view.last.as_ref().map(message),
        online: view.online,
        typing: view.typing,
        direct: view.direct,
        missing: view.missing,
    }
}

pub(super) fn request(view: &RequestView) -> dto::Request {
    dto::Request {
        id: view.id.0,
        from: view.from.as_str().to_owned(),
        account: HEXLOWER.encode(&view.account.0),
        name_since_ms: view.name_since_ms,
        received_ms: view.received_ms,
    }
}

/// Answers to single calls are no news: who called has them.
pub(super) fn event(update: Update) -> Option<dto::Event> {
    let event = match update {
        Update::Event(event) => event,
        Update::Lagged(_) => return Some(dto::Event::Lagged),
        Update::StorageFailed { is_full } => return Some(dto::Event::StorageFailed { full: is_full }),
        Update::StorageRecovered => return Some(dto::Event::StorageRecovered),
        Update::NetworkFailed(reason) => return Some(dto::Event::NetworkFailed { reason }),
    };
    Some(match event {
        Event::Registered(name) => dto::Event::Registered {
            name: name.as_str().to_owned(),
        },
        Event::RegistrationFailed(error) => dto::Event::RegistrationFailed {
            error: failed(&error),
        },
        Event::ContactReady { .. } | Event::ContactFailed { .. } | Event::NameLookedUp { .. } => return None,
        Event::Transfer(view) => files::transfer(&view),
        Event::Message(view) => dto::Event::Message {
            message: message(&view),
        },
        Event::Changed(view) => dto::Event::Changed {
            message: message(&view),
        },
        Event::Removed { conversation, row } => dto::Event::Removed {
            conversation: conversation.0,
            row,
        },
        Event::Scheduled(conversation) => dto::Event::Scheduled {
            conversation: conversation.0,
        },
        Event::State {
            conversation,
            id,
            state,
        } => dto::Event::State {
            conversation: conversation.0,
            id: HEXLOWER.encode(&id.0),
            state: message_state(state),
        },
        Event::Request(view) => dto::Event::Request {
            request: request(&view),
        },
        Event::Conversation(view) => dto::Event::Conversation {
            conversation: Box::new(conversation(&view)),
        },
        Event::Home { home, reachable } => dto::Event::Home {
            home: HEXLOWER.encode(&home.0),
            reachable,
        },
        Event::OwnRecordChanged(change) => dto::Event::OwnRecordChanged {
            change: directory::record_change(&change),
        },
        Event::Released(name) => dto::Event::Released {
            name: name.as_str().to_owned(),
        },
        Event::ReleaseFailed(error) => dto::Event::ReleaseFailed {
            error: failed(&error),
        },
        Event::NetworkForked { height } => dto::Event::NetworkForked { height },
        Event::TrustExpired { seen_ms } => dto::Event::TrustExpired { seen_ms },
        Event::ClockOff { network_ms } => dto::Event::ClockOff { network_ms },
    })
}

/// From where a network's nodes can be reached, the widest of them.
pub(super) fn invitation(network: &NetworkInvitation) -> Result<dto::Invitation, Failure> {
    let link = network.link();
    Ok(dto::Invitation {
        reach: reach(network),
        qr: qr::dots(&link)?,
        link,
    })
}

fn reach(network: &NetworkInvitation) -> dto::Reach {
    let of_node = |node: &Endpoint| {
        let sockets = node.sockets.as_slice().iter().map(|socket| socket.0.ip());
        dto::Reach::of(sockets, node.relay.as_ref().map(|relay| relay.as_str()))
    };
    network
        .nodes
        .as_slice()
        .iter()
        .map(of_node)
        .max()
        .unwrap_or(dto::Reach::Machine)
}

/// A node of which only its address is known.
pub(super) fn node(node: &Endpoint) -> dto::Node {
    let sockets = node.sockets.as_slice().iter();
    dto::Node {
        id: HEXLOWER.encode(&node.id.0),
        sockets: sockets.map(|socket| socket.0.to_string()).collect(),
        relay: node.relay.as_ref().map(|relay| relay.as_str().to_owned()),
        reachable: None,
        operator: None,
        height: None,
        validates: false,
        faults: 0,
        last_fault: None,
    }
}

pub(super) fn report_without_network() -> dto::Report {
    dto::Report {
        in_network: false,
        nodes: Vec::new(),
        reach: dto::Reach::Machine,
        own_sockets: Vec::new(),
        direct: Vec::new(),
        clock_difference_ms: None,
    }
}

pub(super) fn report(
    network: &NetworkInvitation,
    report: Option<&NetworkReport>,
    people: &[ConversationView],
    clock_difference_ms: Option<i64>,
) -> dto::Report {
    let asked = |asked: &NodeReport| dto::Node {
        reachable: Some(asked.is_reachable()),
        operator: asked.operator.as_ref().map(directory::operator),
        height: asked.height,
        validates: asked.validates,
        faults: asked.faults,
        last_fault: asked.last_fault.map(|(last, _)| directory::fault(last)),
        ..node(&asked.endpoint)
    };
    let nodes = match report {
        Some(report) => report.nodes.iter().map(asked).collect(),
        None => network.nodes.as_slice().iter().map(node).collect(),
    };
    let own = report
        .and_then(|report| report.own.as_ref())
        .map(|own| own.sockets.as_slice())
        .unwrap_or_default();
    dto::Report {
        in_network: true,
        nodes,
        reach: reach(network),
        own_sockets: own.iter().map(|socket| socket.0.to_string()).collect(),
        direct: people
            .iter()
            .filter(|person| person.direct)
            .map(|person| person.peer.as_str().to_owned())
            .collect(),
        clock_difference_ms,
    }
}

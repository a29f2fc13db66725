//! The OpenAPI document.

use axum::Json;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{
    account, chats, conversations, directory, events, exposure, imports, library, me, media, messages, names,
    network, requests, safety, search, sessions, storage, uploads,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "X Chat's local interface", description = "On 127.0.0.1 only. docs/spec/local-api.md has the rules."),
    paths(
        sessions::challenge, sessions::exchange, sessions::new_code, sessions::list_tokens,
        sessions::create_token, sessions::revoke_token,
        account::profile, account::begin, account::unlock, account::set_passphrase,
        account::create, account::words, account::forget_words, account::register, account::restore,
        names::look_up,
        network::invitation, network::join, network::report,
        directory::read, directory::evidence, directory::acknowledge_evidence, directory::renew_trust,
        directory::own_record, directory::acknowledge_record, directory::release, directory::open_conversation,
        conversations::list, conversations::begin, conversations::one, messages::list, messages::send, messages::one,
        messages::edit, messages::delete, messages::react, messages::forward, messages::versions,
        messages::pin, messages::unpin, messages::pins, messages::gallery,
        messages::vote, messages::end_poll,
        conversations::mark_read, conversations::typing, conversations::presence,
        chats::set_timer, chats::change, chats::clear, chats::draft, chats::set_draft, chats::order_pinned,
        chats::star, chats::starred, chats::blocks, chats::block, chats::unblock, chats::settings,
        chats::change_settings, chats::scheduled, chats::schedule, chats::reschedule,
        chats::send_scheduled, chats::unschedule, chats::folders,
        chats::set_folders,
        conversations::note, safety::number, safety::set_verified, safety::compare,
        imports::start, imports::stop, imports::list, imports::messages, imports::change, imports::remove,
        imports::search,
        storage::uses, storage::sweep, exposure::read,
        library::list, library::add, library::change, library::remove, library::by_ticket,
        search::search, requests::list, requests::accept, requests::decline,
        events::follow,
        uploads::take, uploads::remove, uploads::describe, uploads::preview,
        me::about, me::change, me::set_picture, me::remove_picture, me::avatar, me::avatar_by_ticket,
        media::ticket, media::by_ticket, media::by_token, media::act,
    ),
    modifiers(&Bearer),
    security(("token" = []))
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("token", scheme);
    }
}

/// The document. It holds no secret, so it needs no token.
pub(crate) async fn read() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}

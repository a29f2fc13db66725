//! The conformance suite: every rule of `docs/spec/mailbox.md`, on every store.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod conformance {
    pub(crate) mod blobs;
    pub(crate) mod conversation;
    pub(crate) mod expiry;
    pub(crate) mod failure;
    pub(crate) mod inbox;
    pub(crate) mod lab;
    pub(crate) mod model;
    pub(crate) mod session;
    pub(crate) mod store;
}

macro_rules! on_every_store {
    ($($module:ident :: $test:ident),* $(,)?) => {
        mod memory {
            $(#[test]
            fn $test() {
                super::conformance::$module::$test::<super::conformance::lab::Memory>();
            })*
        }
        mod fjall {
            $(#[test]
            fn $test() {
                super::conformance::$module::$test::<super::conformance::lab::Fjall>();
            })*
        }
    };
}

on_every_store! {
    conversation::log_01_entries_are_numbered_without_a_gap_across_segments,
    conversation::log_01_a_conversation_has_no_trim,
    conversation::log_02_what_is_acknowledged_survives_a_restart,
    conversation::log_02_a_batch_has_one_commit,
    conversation::log_03_an_append_is_idempotent_in_batches_restarts_and_closed_segments,
    conversation::log_04_creation_is_idempotent,
    conversation::log_06_an_append_under_another_epoch_is_refused,
    conversation::log_07_a_segment_ends_with_its_commit,
    conversation::log_08_an_epoch_is_decided_once,
    conversation::log_09_the_certificate_opens_the_next_segment,
    conversation::log_09_a_value_that_would_brick_the_log_is_malformed,
    conversation::log_13_the_last_part_of_the_quota_is_for_commits,
    conversation::log_13_a_page_is_bounded,
    conversation::log_19_later_commands_of_a_batch_see_earlier_ones,
    inbox::log_03_a_deposit_is_idempotent_even_when_trimmed,
    inbox::log_11_the_owner_trims_and_reads_what_is_left,
    inbox::log_11_a_card_is_kept,
    inbox::log_12_a_key_package_is_handed_out_once,
    inbox::log_12_a_publication_sent_again_adds_nothing,
    inbox::log_12_devices_without_a_place_in_the_card_make_room,
    inbox::log_13_an_inbox_holds_so_many_entries,
    expiry::log_14_entries_go_after_the_retention_and_the_index_goes_on,
    expiry::log_14_what_is_left_of_a_closed_segment_can_be_read,
    expiry::log_14_a_clock_that_steps_back_changes_no_order,
    expiry::log_14_many_logs_expire_in_steps,
    expiry::log_14_trimmed_days_are_forgotten,
    failure::log_15_a_full_disk_acknowledges_nothing_and_loses_nothing,
    failure::log_15_a_batch_that_was_written_unknown_is_settled_by_the_disk,
    failure::log_15_a_disk_that_cannot_be_read_is_said_so,
    failure::log_18_a_store_has_one_home,
    session::log_05_nothing_without_the_proof,
    session::log_05_a_proof_is_bound_to_role_home_connection_and_epoch,
    session::log_07_a_removed_member_stops_at_its_own_removal,
    session::log_10_creation_costs_work,
    session::log_10_a_deposit_costs_what_the_owner_asks,
    session::log_11_an_inbox_is_the_owners_alone,
    session::log_16_an_ephemeral_envelope_is_never_stored,
    session::log_17_a_subscription_gives_each_entry_once_and_ends_with_the_commit,
    session::log_17_a_slow_subscriber_catches_up,
    session::log_20_a_connection_is_bounded,
    model::log_01_any_sequence_of_commands_does_what_the_model_says,
    blobs::blb_03_nothing_without_the_proof,
    blobs::blb_03_bringing_needs_the_open_epoch,
    blobs::blb_03_a_removed_member_gets_nothing_that_came_later,
    blobs::blb_04_an_address_in_one_log_is_nothing_in_another,
    blobs::blb_04_one_log_has_an_address_once,
    blobs::blb_05_only_all_of_it_is_stored,
    blobs::blb_05_blobs_and_logs_share_a_flush,
    blobs::blb_16_room_costs_work,
    blobs::blb_17_room_is_counted_as_it_is_used,
    blobs::blb_17_the_home_has_an_end_too,
    blobs::blb_17_sizes_and_days_have_bounds,
    blobs::blb_18_the_secret_erases,
    blobs::blb_19_a_blob_is_kept_its_days_and_no_longer,
    blobs::blb_19_one_that_does_not_come_goes_sooner,
    blobs::blb_19_many_go_in_steps_and_a_failing_store_forgets_none,
    store::a_store_keeps_order_and_tables_apart,
}

//! Statements that find their rows.

use super::raise::raise;
use super::*;
use crate::database;

#[test]
fn an_own_message_is_found_however_long_the_history_is() {
    let connection = database::in_memory().unwrap();
    for sql in [raise().as_str(), COUNTER] {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let plan: String = statement
            .raw_query()
            .next()
            .unwrap()
            .unwrap()
            .get("detail")
            .unwrap();
        assert!(plan.contains("conversation=? AND message_id=?"), "{plan}");
    }
}

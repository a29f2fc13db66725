//! The directory: how fast names are registered and looked up, and what a proof takes.

mod growth;
mod names;
mod network;

pub(crate) use network::Child;

use crate::Plan;
use crate::report::Report;

pub(crate) async fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    growth::measure(plan, report)?;
    network::measure(plan, report).await
}

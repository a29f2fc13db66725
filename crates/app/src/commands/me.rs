//! What the owner says of themselves.

use crate::cli::{Common, Me};
use crate::dto::AboutChange;
use crate::failure::Failure;
use crate::link::Link;
use crate::screen;

pub(crate) async fn run(link: &Link, common: &Common, wish: Me) -> Result<(), Failure> {
    let change = AboutChange {
        name: wish.name,
        bio: wish.bio,
    };
    let mut is_changed = change != AboutChange::default();
    if is_changed {
        link.change_about(change).await?;
    }
    if let Some(picture) = &wish.picture {
        link.set_picture(picture).await?;
        is_changed = true;
    }
    if wish.no_picture {
        link.remove_picture().await?;
        is_changed = true;
    }
    if is_changed {
        link.settle(common).await;
    }
    let about = link.about().await?;
    if common.json {
        screen::json(&about);
        return Ok(());
    }
    let or_none = |text: &str| match text.is_empty() {
        true => "none".to_owned(),
        false => text.to_owned(),
    };
    screen::line(format!("name: {}", or_none(&about.name)));
    screen::line(format!("bio: {}", or_none(&about.bio)));
    let picture = if about.avatar.is_some() { "yes" } else { "none" };
    screen::line(format!("picture: {picture}"));
    Ok(())
}

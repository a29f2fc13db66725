//! What holds of files at rest (SIM-22): every one is whole, or why it isn't is said; and nothing is left of what was
//! deleted.

use std::collections::BTreeSet;

use xchat_core::io::{FileView, MessageView, TransferState};
use xchat_core::machine::Machine;

use crate::device::DeviceId;
use crate::world::World;

/// The files of a conversation's messages stand as they should.
pub(super) fn at_rest(world: &World, device: DeviceId, messages: &[MessageView]) -> Result<(), String> {
    let own = world.devices[device].name.as_str();
    for message in messages {
        for file in &message.files {
            let what = || format!("{own}'s file of {:?} is {:?}", message.text, file.transfer);
            let is_there = is_on_disk(world, device, message, file)?;
            if is_there != file.is_here && (file.is_here || message.mine) {
                return Err(format!("{}, and on the disk: {is_there}", what()));
            }
            let is_explained = match file.transfer {
                TransferState::Done => true,
                TransferState::Offered | TransferState::Paused => !message.mine,
                TransferState::Waiting(Some(_)) | TransferState::Refused(_) => world.files.vice.is_some(),
                TransferState::Waiting(None) | TransferState::Running => false,
            };
            if !is_explained || (file.transfer == TransferState::Done) != file.is_here && !message.mine {
                return Err(what());
            }
        }
    }
    Ok(())
}

fn is_on_disk(
    world: &World,
    device: DeviceId,
    message: &MessageView,
    file: &FileView,
) -> Result<bool, String> {
    let machine = machine(world, device)?;
    let (sealed, _) = machine
        .sealed_file(message.row, file.part)
        .map_err(|error| format!("{:?} has no file: {error}", message.text))?;
    let pieces = world.devices[device].disk.get(&sealed.blob.file);
    Ok(pieces.is_some_and(|pieces| pieces.is_whole() && pieces.hash == sealed.blob.hash))
}

fn machine(world: &World, device: DeviceId) -> Result<&Machine, String> {
    let machine = world.devices[device].machine.as_ref();
    machine.ok_or_else(|| "a device without a machine".to_owned())
}

/// Nothing lies on a disk that no message has, and nothing at the home that nobody there can want.
pub(super) fn leftovers(world: &World) -> Result<(), String> {
    let mut wanted = BTreeSet::new();
    for (device, it) in world.devices.iter().enumerate() {
        let machine = machine(world, device)?;
        let known = machine.blob_files().map_err(|error| error.to_string())?;
        let left = it.disk.keys().find(|file| !known.contains(*file));
        if let Some(file) = left {
            return Err(format!(
                "{} keeps {file:?}, which no message has",
                it.name.as_str()
            ));
        }
        for (file, pieces) in &it.disk {
            if known.contains(file) {
                wanted.insert(pieces.hash);
            }
        }
    }
    // Somebody may have read what disappears, and left its file at the home: it stays there until its end.
    let is_timed = |hash| {
        let text = world.files.texts.get(hash);
        text.is_some_and(|text| super::is_timed(world, text))
    };
    let mut placed = world.files.home.keys().map(|(_, hash)| hash);
    match placed.find(|hash| !wanted.contains(*hash) && !is_timed(hash)) {
        Some(hash) => Err(format!("the home keeps {hash:?}, which is deleted")),
        None => Ok(()),
    }
}

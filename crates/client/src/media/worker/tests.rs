//! The worker's side and ours. The process between them is the program's, and tried there.

use std::path::Path;

use super::*;

/// A photo that lies on its side, and tells where it was taken.
fn photo() -> Vec<u8> {
    let file = "../media/tests/vectors/encoders/photo.jpg";
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn worker(input: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    run_media_worker(input, &mut output).unwrap();
    assert_eq!(output.remove(0), READY);
    output
}

#[test]
fn med_61_a_worker_answers_with_a_picture_or_why_there_is_none() {
    for quality in [STANDARD, ORIGINAL] {
        let picture = read(&worker(&[&[quality], photo().as_slice()].concat())).unwrap();
        assert!(picture.height > picture.width, "it is upright");
        assert!(!picture.preview.as_slice().is_empty() && !picture.thumbhash.as_slice().is_empty());
        let bytes = picture.bytes.as_slice();
        assert!(!bytes.windows(5).any(|part| part == b"48.85"), "it tells nothing");
    }
    let whole = photo();
    for broken in [
        &b""[..],
        b"\0",
        b"\0not a picture",
        &[&[0], &whole[..400]].concat(),
    ] {
        let refused = read(&worker(broken));
        assert!(matches!(refused, Err(UploadError::PictureDamaged)), "{refused:?}");
    }
}

#[test]
fn med_61_a_worker_is_believed_no_more_than_a_peer() {
    let picture = worker(&[&[STANDARD], photo().as_slice()].concat());
    assert!(read(&picture).is_ok());
    for length in 0..picture.len() {
        assert!(read(&picture[..length]).is_err(), "cut off after {length}");
    }
    assert!(read(&[picture.as_slice(), b"x"].concat()).is_err());
    for number in 1..=255 {
        assert!(read(&[number]).is_err());
    }
}

#[tokio::test]
async fn without_a_program_the_work_is_done_here() {
    let here = Workers::new(None);
    let picture = here.prepare(photo(), Quality::Standard).await.unwrap();
    assert!(picture.height > picture.width);
    let large = vec![0; PICTURE_BYTES_MAX];
    let refused = here.prepare(large, Quality::Standard).await;
    assert!(matches!(refused, Err(UploadError::PictureTooLarge)));
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_is_no_worker_is_said_to_be_none() {
    for program in ["/bin/true", "/bin/echo", "/no/such/program"] {
        let workers = Workers::new(Some(program.into()));
        let refused = workers.prepare(photo(), Quality::Standard).await;
        assert!(
            matches!(refused, Err(UploadError::WorkerFailed)),
            "{program}: {refused:?}"
        );
    }
}

//! What files are, and what is said about opening them.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbaImage};
use xchat_media::Warning::{
    DiscImage, DoubleEnding, HiddenLetters, Macros, OtherContent, ProgramByContent, ProgramByName, Scripts,
};
use xchat_media::{Group, Kind, advice, sniff};

fn encoded(format: ImageFormat) -> Vec<u8> {
    let picture = RgbaImage::from_pixel(3, 2, image::Rgba([9, 99, 199, 255]));
    let mut bytes = Cursor::new(Vec::new());
    let rgb = DynamicImage::ImageRgba8(picture).to_rgb8();
    rgb.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A zip of empty files, stored.
fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        let name_length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let place = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let middle = [&[0; 16][..], &length, &length, &name_length].concat();
        bytes.extend(
            [
                b"PK\x03\x04",
                &middle[2..],
                &[0; 2],
                name.as_bytes(),
                content.as_bytes(),
            ]
            .concat(),
        );
        directory.extend([b"PK\x01\x02", &middle[..], &[0; 12], &place, name.as_bytes()].concat());
    }
    let start = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    [
        bytes,
        directory,
        b"PK\x05\x06".to_vec(),
        vec![0; 12],
        start.to_vec(),
        vec![0; 2],
    ]
    .concat()
}

fn ftyp(brands: &[&[u8; 4]]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, u8::try_from(12 + brands.len() * 4).unwrap()];
    bytes.extend(b"ftyp");
    for (place, brand) in brands.iter().enumerate() {
        bytes.extend(*brand);
        if place == 0 {
            bytes.extend([0; 4]);
        }
    }
    bytes
}

#[test]
fn med_01_pictures_films_and_sounds_are_told_by_content() {
    assert_eq!(sniff(&encoded(ImageFormat::Jpeg)), Kind::Jpeg);
    assert_eq!(sniff(&encoded(ImageFormat::Png)), Kind::Png);
    assert_eq!(sniff(&encoded(ImageFormat::Gif)), Kind::Gif);
    assert_eq!(sniff(&encoded(ImageFormat::WebP)), Kind::WebP);
    let by_brand: [(&[&[u8; 4]], Kind); 10] = [
        (&[b"heic", b"mif1", b"heic"], Kind::Heic),
        (&[b"mif1", b"mif1", b"heic"], Kind::Heic),
        (&[b"mif1", b"mif1", b"avif"], Kind::Avif),
        (&[b"avif", b"mif1"], Kind::Avif),
        (&[b"isom", b"iso2", b"avc1"], Kind::Mp4),
        (&[b"mp42"], Kind::Mp4),
        (&[b"qt  "], Kind::QuickTime),
        (&[b"M4A ", b"isom"], Kind::M4a),
        (&[b"none"], Kind::Mp4),
        (&[b"crx "], Kind::Tiff),
    ];
    for (brands, kind) in by_brand {
        assert_eq!(sniff(&ftyp(brands)), kind, "{brands:?}");
    }
    assert_eq!(sniff(b"\0\0\0\x08wide\0\0\0\x10mdat"), Kind::QuickTime);
    assert_eq!(sniff(b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm"), Kind::WebM);
    assert_eq!(sniff(b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska"), Kind::Matroska);
    assert_eq!(sniff(b"RIFF\0\0\0\0WAVEfmt "), Kind::Wav);
    assert_eq!(sniff(b"\xff\xfb\x90\x64"), Kind::Mp3);
    assert_eq!(sniff(b"\xff\xf1\x50\x80"), Kind::Aac);
    assert_eq!(sniff(b"OggS\0\x02"), Kind::Ogg);
}

#[test]
fn med_01_programs_and_scripts_are_dangerous() {
    let programs: [(&[u8], Kind); 14] = [
        (b"MZ\x90\0\x03\0\0\0", Kind::WindowsProgram),
        (b"\x7fELF\x02\x01\x01", Kind::Elf),
        (b"\xcf\xfa\xed\xfe\x07\0\0\x01", Kind::MachO),
        (b"\xca\xfe\xba\xbe\0\0\0\x02", Kind::MachO),
        (b"\xca\xfe\xba\xbe\0\0\0\x41", Kind::Java),
        (b"\0asm\x01\0\0\0", Kind::Wasm),
        (b"dex\n035\0", Kind::Dex),
        (b"!<arch>\ndebian-binary", Kind::LinuxPackage),
        (b"L\0\0\0\x01\x14\x02\0\0\0\0\0", Kind::Shortcut),
        (b"#!/bin/sh\nrm -r ~\n", Kind::Script),
        (b"\xef\xbb\xbf@ECHO OFF\r\n", Kind::Script),
        (b"[InternetShortcut]\r\nURL=file://", Kind::Shortcut),
        (b"\n[Desktop Entry]\nExec=sh", Kind::Shortcut),
        (
            b"\xff\xfeW\0i\0n\0d\0o\0w\0s\0 \0R\0e\0g\0i\0s\0t\0r\0y\0 \0E\0d\0i\0t\0o\0r\0",
            Kind::Script,
        ),
    ];
    for (bytes, kind) in programs {
        assert_eq!(sniff(bytes), kind);
        assert!(kind.is_dangerous(), "{kind:?}");
        assert_eq!(kind.group(), Group::Program);
    }
    assert_eq!(sniff(b"MZ is how this note begins"), Kind::Text);
}

#[test]
fn med_01_a_zip_is_what_is_in_it() {
    let zips: [(&[(&str, &str)], Kind); 11] = [
        (&[("a.txt", "hello")], Kind::Zip),
        (
            &[("[Content_Types].xml", ""), ("word/document.xml", "")],
            Kind::Office,
        ),
        (
            &[("[Content_Types].xml", ""), ("word/vbaProject.bin", "")],
            Kind::OfficeWithMacros,
        ),
        (
            &[("[Content_Types].xml", ""), ("AppxManifest.xml", "")],
            Kind::WindowsProgram,
        ),
        (
            &[("mimetype", "application/vnd.oasis.opendocument.text")],
            Kind::OpenDocument,
        ),
        (
            &[
                ("mimetype", "application/vnd.oasis.opendocument.text"),
                ("Basic/a.xml", ""),
            ],
            Kind::OfficeWithMacros,
        ),
        (&[("mimetype", "application/epub+zip")], Kind::Epub),
        (&[("META-INF/MANIFEST.MF", "")], Kind::Java),
        (
            &[("META-INF/MANIFEST.MF", ""), ("AndroidManifest.xml", "")],
            Kind::Apk,
        ),
        (&[("Payload/A.app/Info.plist", "")], Kind::Ipa),
        (&[], Kind::Zip),
    ];
    for (files, kind) in zips {
        assert_eq!(sniff(&zip_of(files)), kind, "{files:?}");
    }
    // A name that stands in one of the two lists only.
    let mut two_faced = zip_of(&[("a", ""), ("META-INF/MANIFEST.MF", "")]);
    let at = two_faced
        .windows(8)
        .rposition(|window| window == b"MANIFEST")
        .unwrap();
    two_faced[at] = b'm';
    two_faced[at + 1] = b'_';
    assert_eq!(sniff(&two_faced), Kind::Java);
}

#[test]
fn med_01_text_is_told_from_pages_and_pictures_with_scripts() {
    let texts: [(&str, Kind); 9] = [
        ("Hello, <b>you</b>", Kind::Text),
        ("سلام", Kind::Text),
        ("  <!DOCTYPE html><title>a</title>", Kind::Html),
        ("<script>alert(1)</script>", Kind::Html),
        ("<!-- a --><p>b</p>", Kind::Html),
        (
            "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"/>",
            Kind::Html,
        ),
        (
            "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"a()\"/>",
            Kind::Svg,
        ),
        ("<?xml version=\"1.0\"?><!DOCTYPE svg><!-- a --><SVG/>", Kind::Svg),
        ("<?xml version=\"1.0\"?><note/>", Kind::Xml),
    ];
    for (text, kind) in texts {
        assert_eq!(sniff(text.as_bytes()), kind, "{text}");
    }
    assert_eq!(sniff(b"some\0bytes"), Kind::Unknown);
    assert_eq!(sniff(b""), Kind::Unknown);
}

#[test]
fn med_02_what_runs_by_content_or_by_name_is_warned_of() {
    assert_eq!(advice(Kind::Jpeg, "holiday.jpg"), []);
    assert_eq!(advice(Kind::Jpeg, "holiday.2024.final.JPG"), []);
    assert_eq!(advice(Kind::Unknown, "data"), []);
    assert_eq!(advice(Kind::Pdf, "3.1 report.pdf"), []);
    assert_eq!(advice(Kind::QuickTime, "clip.mp4"), []);
    assert_eq!(advice(Kind::Mp4, "voice.m4a"), []);
    assert_eq!(
        advice(Kind::WindowsProgram, "setup.exe"),
        [ProgramByContent, ProgramByName]
    );
    assert_eq!(
        advice(Kind::WindowsProgram, "holiday.jpg"),
        [ProgramByContent, OtherContent]
    );
    assert_eq!(advice(Kind::Text, "run.ps1"), [ProgramByName]);
    // Windows takes dots and spaces off the end, and knows streams.
    assert_eq!(advice(Kind::Unknown, "a.exe. . "), [ProgramByName]);
    assert_eq!(advice(Kind::Text, "a.txt:b.exe"), [ProgramByName]);
    assert_eq!(advice(Kind::OfficeWithMacros, "a.docm"), [Macros]);
    assert_eq!(advice(Kind::OldOffice, "a.doc"), [Macros]);
    assert_eq!(advice(Kind::Svg, "a.svg"), [Scripts]);
    assert_eq!(advice(Kind::Html, "a.png"), [OtherContent, Scripts]);
    assert_eq!(advice(Kind::DiscImage, "a.iso"), [DiscImage]);
}

#[test]
fn med_03_names_that_deceive_are_warned_of() {
    assert_eq!(
        advice(Kind::WindowsProgram, "invoice.pdf.exe"),
        [ProgramByContent, ProgramByName, DoubleEnding]
    );
    assert_eq!(
        advice(Kind::Text, "invoice.pdf .js"),
        [ProgramByName, DoubleEnding]
    );
    assert_eq!(
        advice(Kind::Text, "photo.jpg\u{3002}vbs"),
        [ProgramByName, DoubleEnding]
    );
    // Shown as "annexe.jpg".
    assert_eq!(
        advice(Kind::Unknown, "ann\u{202e}gpj.exe"),
        [ProgramByName, HiddenLetters]
    );
    assert_eq!(
        advice(Kind::Unknown, "a.ex\u{200b}e"),
        [ProgramByName, HiddenLetters]
    );
    assert_eq!(advice(Kind::Jpeg, "a\u{2067}b.jpg"), [HiddenLetters]);
    assert_eq!(
        advice(Kind::Unknown, "photo.jpg                              .scr"),
        [ProgramByName, DoubleEnding, HiddenLetters]
    );
    // Scripts and emoji that need joiners are not suspicious, and a right-to-left name isn't either.
    assert_eq!(advice(Kind::Jpeg, "می\u{200c}خواهم.jpg"), []);
    assert_eq!(advice(Kind::Jpeg, "👩\u{200d}👧.jpg"), []);
}

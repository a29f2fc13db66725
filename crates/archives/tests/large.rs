//! Archives of half a million messages, made while they are read: none of them is ever in memory.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write};
use std::ops::ControlFlow;
use std::rc::Rc;

use xchat_archives::{Choices, Entry, Files, Listing, ZipFiles, read, recognise};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const MESSAGES: u64 = 500_000;

/// Beyond what the process had before: half a million messages of these are 100 MiB.
const MEMORY_BYTES_MAX: u64 = 64 << 20;

/// A file whose lines are made as they are read.
struct Made<F> {
    count: u64,
    next: u64,
    make: F,
    line: Cursor<Vec<u8>>,
}

impl<F: Fn(u64) -> String> Made<F> {
    fn new(count: u64, make: F) -> Self {
        Self {
            count,
            next: 0,
            make,
            line: Cursor::default(),
        }
    }
}

impl<F: Fn(u64) -> String> Read for Made<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.line.read(buffer)?;
            if count > 0 || self.next > self.count {
                return Ok(count);
            }
            self.line = Cursor::new((self.make)(self.next).into_bytes());
            self.next += 1;
        }
    }
}

/// Words that don't repeat, so that they pack as texts of people do.
fn words(number: u64) -> String {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!(
        "message {number}: {mixed:016x} {:016x}",
        mixed.rotate_left(17).wrapping_mul(3)
    )
}

fn x_line(number: u64, count: u64) -> String {
    let begin = "window.YTD.direct_messages.part0 = [{\"dmConversation\":{\"conversationId\":\"1-2\",\"messages\":[\n";
    if number == count {
        return "]}}]".to_owned();
    }
    let (begin, comma) = if number == 0 { (begin, "") } else { ("", ",") };
    let text = words(number);
    format!(
        "{begin}{comma}{{\"messageCreate\":{{\"recipientId\":\"1\",\"reactions\":[],\"urls\":[],\"text\":\"{text}\",\
         \"mediaUrls\":[],\"senderId\":\"2\",\"id\":\"{number}\",\"createdAt\":\"2019-05-01T10:00:04.000Z\"}}}}\n"
    )
}

fn telegram_line(number: u64, count: u64) -> String {
    if number == count {
        return "]}".to_owned();
    }
    let begin = "{\"name\":\"Bob\",\"type\":\"personal_chat\",\"id\":2,\"messages\":[\n";
    let (begin, comma) = if number == 0 { (begin, "") } else { ("", ",") };
    let text = words(number);
    format!(
        "{begin}{comma}{{\"id\":{number},\"type\":\"message\",\"date\":\"2023-03-01T12:00:00\",\
         \"date_unixtime\":\"1677668400\",\"from\":\"Bob\",\"from_id\":\"user2\",\"text\":\"{text}\"}}\n"
    )
}

fn whatsapp_line(number: u64, count: u64) -> String {
    let minute = number % 60;
    if number == count {
        return String::new();
    }
    format!(
        "31/12/23, 10:{minute:02} - {}: {}\n",
        if number.is_multiple_of(3) { "Bob" } else { "Alice" },
        words(number)
    )
}

type Line = fn(u64, u64) -> String;

const SOURCES: [(&str, Line); 3] = [
    ("data/direct-messages.js", x_line),
    ("result.json", telegram_line),
    ("WhatsApp Chat with Bob.txt", whatsapp_line),
];

/// The most memory that the process ever had.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kibibytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kibibytes * 1024
}

/// How many items there are; progress must go on, and end at the end.
fn count(files: &mut dyn Files, bytes: Option<u64>) -> u64 {
    let found = recognise(files).unwrap();
    let last = Rc::new(RefCell::new((0, 0)));
    let mut take = |entry: Entry| {
        if let Entry::Progress(progress) = entry {
            let mut last = last.borrow_mut();
            assert!((progress.bytes, progress.items) >= *last);
            assert!(progress.items <= last.1 + 1_000, "progress every thousand");
            *last = (progress.bytes, progress.items);
        }
        ControlFlow::Continue(())
    };
    let progress = read(files, &found, &Choices::default(), &mut take).unwrap();
    assert_eq!(last.borrow().1, progress.items);
    if let Some(bytes) = bytes {
        assert_eq!(progress.bytes, bytes);
    }
    progress.items
}

#[cfg(target_os = "linux")]
fn read_half_a_million((name, line): (&'static str, Line)) {
    let before = peak_bytes();
    let mut files = Listing::new([(name.to_owned(), 1)], move |_| {
        Ok(Box::new(Made::new(MESSAGES, move |number| {
            line(number, MESSAGES)
        })))
    });
    assert_eq!(count(&mut files, Some(1)), MESSAGES, "{name}");
    let grown = peak_bytes() - before;
    assert!(grown < MEMORY_BYTES_MAX, "{} MiB", grown >> 20);
}

#[cfg(target_os = "linux")]
#[test]
fn arc_50_half_a_million_messages_of_x_take_bounded_memory() {
    read_half_a_million(SOURCES[0]);
}

#[cfg(target_os = "linux")]
#[test]
fn arc_50_half_a_million_messages_of_telegram_take_bounded_memory() {
    read_half_a_million(SOURCES[1]);
}

#[cfg(target_os = "linux")]
#[test]
fn arc_50_half_a_million_messages_of_whatsapp_take_bounded_memory() {
    read_half_a_million(SOURCES[2]);
}

#[cfg(target_os = "linux")]
#[test]
fn arc_50_a_zip_of_many_files_is_read_in_bounded_memory() {
    const FILES: u64 = 20_000;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let (name, line) = SOURCES[0];
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    io::copy(&mut Made::new(20_000, |number| line(number, 20_000)), &mut zip).unwrap();
    for number in 0..FILES {
        let name = format!("data/tweets_media/{number}-photo.jpg");
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(b"x").unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let before = peak_bytes();
    let mut files = ZipFiles::new(Cursor::new(&bytes)).unwrap();
    let size = files.directory().size(name);
    assert_eq!(count(&mut files, size), 20_000);
    assert_eq!(
        files.directory().names("data/tweets_media/").count() as u64,
        FILES
    );
    let grown = peak_bytes().saturating_sub(before);
    assert!(grown < FILES * 400 + (16 << 20), "{} MiB", grown >> 20);
}

#[test]
fn arc_51_reading_ends_when_the_sink_has_enough() {
    for (name, line) in SOURCES {
        let mut files = Listing::new([(name.to_owned(), 1)], move |_| {
            Ok(Box::new(Made::new(5_000, move |number| line(number, 5_000))))
        });
        let found = recognise(&mut files).unwrap();
        let mut seen = BTreeMap::new();
        let mut take = |entry: Entry| {
            if let Entry::Item(item) = entry {
                seen.insert(item.id, item.at_ms);
            }
            if seen.len() < 10 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let stopped = read(&mut files, &found, &Choices::default(), &mut take);
        assert_eq!(stopped, Err(xchat_archives::ReadError::Stopped), "{name}");
        assert_eq!(seen.len(), 10, "{name}");
    }
}

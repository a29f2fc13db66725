//! What a file is.

/// What a file is by its content. A name or a claimed type plays no part in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A JPEG.
    Jpeg,
    /// A PNG, still or moving.
    Png,
    /// A GIF.
    Gif,
    /// A WebP, still or moving.
    WebP,
    /// A picture in boxes, coded as HEVC: what iPhones make.
    Heic,
    /// A picture in boxes, coded as AV1.
    Avif,
    /// JPEG XL.
    JpegXl,
    /// TIFF, and the raw pictures that are made of it.
    Tiff,
    /// A bitmap of Windows.
    Bmp,
    /// An icon of Windows.
    Ico,
    /// A picture of Photoshop.
    Photoshop,
    /// SVG: a picture that may hold scripts.
    Svg,
    /// A film in boxes.
    Mp4,
    /// A film in boxes, as Apple writes it.
    QuickTime,
    /// WebM.
    WebM,
    /// Matroska that is not WebM.
    Matroska,
    /// AVI.
    Avi,
    /// A film of Flash.
    FlashVideo,
    /// MPEG's programme or transport stream.
    Mpeg,
    /// Windows' container of films and sound.
    Asf,
    /// A sound in boxes.
    M4a,
    /// MP3.
    Mp3,
    /// Ogg: Opus, Vorbis, or a film.
    Ogg,
    /// FLAC.
    Flac,
    /// A wave file.
    Wav,
    /// Apple's AIFF.
    Aiff,
    /// AAC without boxes.
    Aac,
    /// Sound of old phones.
    Amr,
    /// MIDI.
    Midi,
    /// PDF.
    Pdf,
    /// PostScript, a language for printers.
    PostScript,
    /// Rich text.
    RichText,
    /// A document of Microsoft Office.
    Office,
    /// A document of Microsoft Office that brings macros.
    OfficeWithMacros,
    /// A document, or an installer, of the time before: it may bring macros, and which it is can't be told cheaply.
    OldOffice,
    /// A document of OpenOffice and its kin.
    OpenDocument,
    /// A book.
    Epub,
    /// A page of the web: it may hold scripts.
    Html,
    /// Text in XML.
    Xml,
    /// Text, as UTF-8.
    Text,
    /// A contact.
    VCard,
    /// A date in a calendar.
    Calendar,
    /// A zip of anything else.
    Zip,
    /// Gzip.
    Gzip,
    /// Bzip2.
    Bzip2,
    /// XZ.
    Xz,
    /// Zstandard.
    Zstd,
    /// 7-Zip.
    SevenZip,
    /// RAR.
    Rar,
    /// A tape archive.
    Tar,
    /// A cabinet of Windows.
    Cabinet,
    /// The image of a disc.
    DiscImage,
    /// A database of SQLite.
    Sqlite,
    /// A font.
    Font,
    /// A program or library of Windows or DOS.
    WindowsProgram,
    /// A program or library of Linux and its kin.
    Elf,
    /// A program or library of Apple's systems.
    MachO,
    /// A program for Java: a class or an archive of them.
    Java,
    /// An app for Android.
    Apk,
    /// An app for iPhones.
    Ipa,
    /// WebAssembly.
    Wasm,
    /// Android's bytecode.
    Dex,
    /// A package of Debian or of Red Hat.
    LinuxPackage,
    /// A text that a system runs: `#!` and its kin.
    Script,
    /// A shortcut, which may start anything.
    Shortcut,
    /// Help of Windows, which may hold scripts.
    WindowsHelp,
    /// Nothing that we know.
    Unknown,
}

/// What a kind is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Something to read.
    Document,
    /// Something with files in it.
    Archive,
    /// Something that does things: opening it is trusting whom it comes from.
    Program,
    /// Anything else.
    Other,
}

impl Kind {
    /// What it is good for.
    #[must_use]
    pub fn group(self) -> Group {
        self.entry().0
    }

    /// The type to label it with. It is of the content, so a browser that is told to believe it is not misled.
    #[must_use]
    pub fn mime(self) -> &'static str {
        self.entry().1
    }

    /// Whether opening it may run what is in it.
    #[must_use]
    pub fn is_dangerous(self) -> bool {
        matches!(self.group(), Group::Program)
    }

    /// Whether a browser that opens it runs scripts that are in it: it is never shown in a page of ours.
    #[must_use]
    pub fn has_scripts(self) -> bool {
        matches!(self, Self::Html | Self::Svg | Self::Xml)
    }

    /// Whether [`crate::prepare`] can decode it.
    #[must_use]
    pub fn is_decodable(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Gif | Self::WebP)
    }

    fn entry(self) -> (Group, &'static str) {
        match self {
            Self::Jpeg => (Group::Image, "image/jpeg"),
            Self::Png => (Group::Image, "image/png"),
            Self::Gif => (Group::Image, "image/gif"),
            Self::WebP => (Group::Image, "image/webp"),
            Self::Heic => (Group::Image, "image/heic"),
            Self::Avif => (Group::Image, "image/avif"),
            Self::JpegXl => (Group::Image, "image/jxl"),
            Self::Tiff => (Group::Image, "image/tiff"),
            Self::Bmp => (Group::Image, "image/bmp"),
            Self::Ico => (Group::Image, "image/vnd.microsoft.icon"),
            Self::Photoshop => (Group::Image, "image/vnd.adobe.photoshop"),
            Self::Svg => (Group::Image, "image/svg+xml"),
            Self::Mp4 => (Group::Video, "video/mp4"),
            Self::QuickTime => (Group::Video, "video/quicktime"),
            Self::WebM => (Group::Video, "video/webm"),
            Self::Matroska => (Group::Video, "video/matroska"),
            Self::Avi => (Group::Video, "video/x-msvideo"),
            Self::FlashVideo => (Group::Video, "video/x-flv"),
            Self::Mpeg => (Group::Video, "video/mpeg"),
            Self::Asf => (Group::Video, "video/x-ms-asf"),
            _ => self.entry_of_the_rest(),
        }
    }

    fn entry_of_the_rest(self) -> (Group, &'static str) {
        match self {
            Self::M4a => (Group::Audio, "audio/mp4"),
            Self::Mp3 => (Group::Audio, "audio/mpeg"),
            Self::Ogg => (Group::Audio, "audio/ogg"),
            Self::Flac => (Group::Audio, "audio/flac"),
            Self::Wav => (Group::Audio, "audio/wav"),
            Self::Aiff => (Group::Audio, "audio/aiff"),
            Self::Aac => (Group::Audio, "audio/aac"),
            Self::Amr => (Group::Audio, "audio/amr"),
            Self::Midi => (Group::Audio, "audio/midi"),
            Self::Pdf => (Group::Document, "application/pdf"),
            Self::PostScript => (Group::Document, "application/postscript"),
            Self::RichText => (Group::Document, "application/rtf"),
            Self::Office => (Group::Document, "application/vnd.openxmlformats-officedocument"),
            Self::OfficeWithMacros => (Group::Program, "application/vnd.ms-office.macroenabled"),
            Self::OldOffice => (Group::Document, "application/x-ole-storage"),
            Self::OpenDocument => (Group::Document, "application/vnd.oasis.opendocument"),
            Self::Epub => (Group::Document, "application/epub+zip"),
            Self::Html => (Group::Document, "text/html"),
            Self::Xml => (Group::Document, "application/xml"),
            Self::Text => (Group::Document, "text/plain"),
            Self::VCard => (Group::Document, "text/vcard"),
            Self::Calendar => (Group::Document, "text/calendar"),
            Self::Zip => (Group::Archive, "application/zip"),
            Self::Gzip => (Group::Archive, "application/gzip"),
            Self::Bzip2 => (Group::Archive, "application/x-bzip2"),
            Self::Xz => (Group::Archive, "application/x-xz"),
            Self::Zstd => (Group::Archive, "application/zstd"),
            Self::SevenZip => (Group::Archive, "application/x-7z-compressed"),
            Self::Rar => (Group::Archive, "application/vnd.rar"),
            Self::Tar => (Group::Archive, "application/x-tar"),
            Self::Cabinet => (Group::Archive, "application/vnd.ms-cab-compressed"),
            Self::DiscImage => (Group::Archive, "application/x-iso9660-image"),
            Self::Sqlite => (Group::Other, "application/vnd.sqlite3"),
            Self::Font => (Group::Other, "font/sfnt"),
            _ => self.entry_of_programs(),
        }
    }

    fn entry_of_programs(self) -> (Group, &'static str) {
        match self {
            Self::WindowsProgram => (Group::Program, "application/vnd.microsoft.portable-executable"),
            Self::Elf => (Group::Program, "application/x-elf"),
            Self::MachO => (Group::Program, "application/x-mach-binary"),
            Self::Java => (Group::Program, "application/java-archive"),
            Self::Apk => (Group::Program, "application/vnd.android.package-archive"),
            Self::Ipa => (Group::Program, "application/x-ios-app"),
            Self::Wasm => (Group::Program, "application/wasm"),
            Self::Dex => (Group::Program, "application/vnd.android.dex"),
            Self::LinuxPackage => (Group::Program, "application/x-linux-package"),
            Self::Script => (Group::Program, "text/x-script"),
            Self::Shortcut => (Group::Program, "application/x-shortcut"),
            Self::WindowsHelp => (Group::Program, "application/vnd.ms-htmlhelp"),
            _ => (Group::Other, "application/octet-stream"),
        }
    }
}

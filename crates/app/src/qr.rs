//! QR codes: for the page as dots, for the terminal as half blocks with two rows of dots in each line.

use qrcode::{Color, EcLevel, QrCode};

use crate::dto;
use crate::failure::Failure;

/// Dots of quiet around the code, as ISO/IEC 18004 asks.
const QUIET: usize = 4;

/// The code as dots.
///
/// # Errors
/// When the text is too long for any code.
pub(crate) fn dots(text: &str) -> Result<dto::Qr, Failure> {
    let Dots { colors, width } = Dots::of(text)?;
    let letter = |color: &Color| match color {
        Color::Dark => '1',
        Color::Light => '0',
    };
    let rows = colors.chunks(width).map(|row| row.iter().map(letter).collect());
    Ok(dto::Qr {
        size: width,
        rows: rows.collect(),
    })
}

/// The code, to be printed as it is. Dark dots are left to the background, which is dark on most terminals, so the
/// colours are set besides.
///
/// # Errors
/// When the text is too long for any code.
pub(crate) fn half_blocks(text: &str) -> Result<String, Failure> {
    let dots = Dots::of(text)?;
    let mut picture = String::new();
    for top in (0..dots.height()).step_by(2) {
        picture.push_str("\u{1b}[30;47m");
        for column in 0..dots.height() {
            picture.push(match (dots.is_dark(column, top), dots.is_dark(column, top + 1)) {
                (true, true) => '\u{2588}',
                (true, false) => '\u{2580}',
                (false, true) => '\u{2584}',
                (false, false) => ' ',
            });
        }
        picture.push_str("\u{1b}[0m\n");
    }
    Ok(picture)
}

struct Dots {
    colors: Vec<Color>,
    width: usize,
}

impl Dots {
    fn of(text: &str) -> Result<Self, Failure> {
        // Capitals and digits take 5.5 bits each, small letters 8; a link is the same either way.
        let code = QrCode::with_error_correction_level(text.to_ascii_uppercase(), EcLevel::L)
            .map_err(|_| Failure::bug("the link is too long for a QR code"))?;
        Ok(Self {
            width: code.width(),
            colors: code.into_colors(),
        })
    }

    fn height(&self) -> usize {
        self.width + 2 * QUIET
    }

    fn is_dark(&self, column: usize, row: usize) -> bool {
        let inside = |place: usize| place.checked_sub(QUIET).filter(|place| *place < self.width);
        match (inside(column), inside(row)) {
            (Some(column), Some(row)) => self.colors.get(row * self.width + column) == Some(&Color::Dark),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_becomes_a_square() {
        let picture = half_blocks(&format!("xchat:{}", "A7".repeat(150))).unwrap();
        let lines: Vec<_> = picture.lines().collect();
        let width = lines[0]
            .chars()
            .filter(|letter| matches!(letter, ' ' | '\u{2580}'..='\u{2588}'))
            .count();
        assert!(
            lines.len().abs_diff(width.div_ceil(2)) <= 1,
            "{} by {width}",
            lines.len()
        );
        assert!(width <= 80, "it fits a terminal: {width}");
    }

    #[test]
    fn the_page_gets_the_same_dots() {
        let qr = dots("XCHAT:AB").unwrap();
        assert_eq!(qr.rows.len(), qr.size);
        assert!(qr.rows.iter().all(|row| row.len() == qr.size));
        assert!(qr.rows[0].starts_with("11111110"), "a finder pattern");
        assert!(qr.rows[6].starts_with("11111110"));
    }

    #[test]
    fn the_corner_is_a_finder_pattern_in_its_quiet() {
        let dots = Dots::of("XCHAT:AB").unwrap();
        assert!((0..4).all(|place| !dots.is_dark(place, place)));
        assert!((4..11).all(|column| dots.is_dark(column, 4)));
        assert!(!dots.is_dark(5, 5));
        assert!(dots.is_dark(7, 7));
        assert!(!dots.is_dark(dots.height(), 0));
    }
}

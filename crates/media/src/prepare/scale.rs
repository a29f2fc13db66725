//! Makes pictures smaller.

use image::imageops::FilterType;
use image::{DynamicImage, Rgba};

/// The picture with a long side of at most so many points, and 8 bits a colour. None grows.
pub(super) fn down_to(picture: DynamicImage, side_max: u32) -> DynamicImage {
    let (width, height) = fitted(picture.width(), picture.height(), side_max);
    if (width, height) == (picture.width(), picture.height()) {
        return in_bytes(picture);
    }
    if picture.color().has_alpha() {
        // What can't be seen has a colour too, and must not shine into what can.
        let mut weighed = in_bytes(picture).into_rgba8();
        weighed.pixels_mut().for_each(weigh);
        let mut small = shrunk(DynamicImage::ImageRgba8(weighed), width, height, side_max).into_rgba8();
        small.pixels_mut().for_each(unweigh);
        return DynamicImage::ImageRgba8(small);
    }
    shrunk(picture, width, height, side_max)
}

fn shrunk(picture: DynamicImage, width: u32, height: u32, side_max: u32) -> DynamicImage {
    // The good filter works in floats, sixteen bytes a point: so first, roughly, to twice the size.
    let side = side_max.saturating_mul(2);
    let (rough_width, rough_height) = fitted(picture.width(), picture.height(), side);
    let rough = if rough_width < picture.width() || rough_height < picture.height() {
        picture.thumbnail_exact(rough_width, rough_height)
    } else {
        picture
    };
    in_bytes(rough).resize_exact(width, height, FilterType::CatmullRom)
}

/// Colours times how much of them is seen.
fn weigh(point: &mut Rgba<u8>) {
    let [red, green, blue, alpha] = point.0;
    let weigh = |colour: u8| {
        let product = u16::from(colour)
            .saturating_mul(u16::from(alpha))
            .saturating_add(127);
        // At most 255, because both were.
        u8::try_from(product / 255).unwrap_or(u8::MAX)
    };
    point.0 = [weigh(red), weigh(green), weigh(blue), alpha];
}

fn unweigh(point: &mut Rgba<u8>) {
    let [red, green, blue, alpha] = point.0;
    let unweigh = |colour: u8| {
        let quotient = u16::from(colour)
            .saturating_mul(255)
            .checked_div(u16::from(alpha));
        u8::try_from(quotient.unwrap_or(0)).unwrap_or(u8::MAX)
    };
    point.0 = [unweigh(red), unweigh(green), unweigh(blue), alpha];
}

fn fitted(width: u32, height: u32, side_max: u32) -> (u32, u32) {
    let long = u64::from(width.max(height));
    if long <= u64::from(side_max) {
        return (width, height);
    }
    let scaled = |side: u32| {
        let half = long.div_euclid(2);
        let scaled = u64::from(side)
            .saturating_mul(u64::from(side_max))
            .saturating_add(half)
            .checked_div(long);
        // At most `side_max`, because no side is longer than the long one.
        u32::try_from(scaled.unwrap_or(1)).unwrap_or(side_max).max(1)
    };
    (scaled(width), scaled(height))
}

fn in_bytes(picture: DynamicImage) -> DynamicImage {
    match picture {
        DynamicImage::ImageLuma8(_)
        | DynamicImage::ImageLumaA8(_)
        | DynamicImage::ImageRgb8(_)
        | DynamicImage::ImageRgba8(_) => picture,
        DynamicImage::ImageLuma16(_) => DynamicImage::ImageLuma8(picture.into_luma8()),
        DynamicImage::ImageLumaA16(_) => DynamicImage::ImageLumaA8(picture.into_luma_alpha8()),
        _ if picture.color().has_alpha() => DynamicImage::ImageRgba8(picture.into_rgba8()),
        _ => DynamicImage::ImageRgb8(picture.into_rgb8()),
    }
}

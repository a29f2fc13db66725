//! Makes pictures smaller.

use image::DynamicImage;
use image::imageops::FilterType;

/// The picture with a long side of at most so many points, and 8 bits a colour. None grows.
pub(super) fn down_to(picture: DynamicImage, side_max: u32) -> DynamicImage {
    let (width, height) = fitted(picture.width(), picture.height(), side_max);
    if (width, height) == (picture.width(), picture.height()) {
        return in_bytes(picture);
    }
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

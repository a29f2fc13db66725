//! What is told of a run: a JSON line for each figure, and the table.

use std::io::Write as _;

use serde::Serialize;

/// A count as a figure.
pub(crate) fn float(number: u64) -> f64 {
    // No count here is near the limit of 32 bits.
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// What a figure is held to.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    /// The value stays below this.
    Below(f64),
    /// The value is above this.
    Above(f64),
    /// The value is at most so many times the raw one.
    TimesRaw(f64),
    /// The value is at least this share of the raw one.
    ShareOfRaw(f64),
}

/// The raw limit that a figure stands beside.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Raw {
    pub(crate) what: String,
    pub(crate) value: f64,
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    name: String,
    unit: &'static str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Raw>,
    /// The value divided by the raw one.
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    targets: Vec<Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self {
            name: name.into(),
            unit,
            value,
            raw: None,
            ratio: None,
            targets: Vec::new(),
            met: None,
        }
    }

    pub(crate) fn beside(mut self, what: impl Into<String>, value: f64) -> Self {
        let what = what.into();
        self.raw = Some(Raw { what, value });
        self.ratio = (value > 0.0).then(|| self.value / value);
        self.judged()
    }

    pub(crate) fn held_to(mut self, target: Target) -> Self {
        self.targets.push(target);
        self.judged()
    }

    fn judged(mut self) -> Self {
        let (value, ratio) = (self.value, self.ratio);
        self.met = (!self.targets.is_empty()).then(|| {
            self.targets.iter().all(|target| match *target {
                Target::Below(limit) => value < limit,
                Target::Above(limit) => value > limit,
                Target::TimesRaw(limit) => ratio.is_some_and(|ratio| ratio <= limit),
                Target::ShareOfRaw(limit) => ratio.is_some_and(|ratio| ratio >= limit),
            })
        });
        self
    }

    fn row(&self) -> [String; 6] {
        let targets: Vec<String> = self.targets.iter().map(told).collect();
        let met = match self.met {
            None => "",
            Some(true) => "met",
            Some(false) => "MISSED",
        };
        [
            self.name.clone(),
            format!("{} {}", short(self.value), self.unit),
            self.raw.as_ref().map_or_else(String::new, |raw| short(raw.value)),
            self.ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
            format!("{} {met}", targets.join(", ")).trim().to_owned(),
            self.raw.as_ref().map_or_else(String::new, |raw| raw.what.clone()),
        ]
    }
}

fn told(target: &Target) -> String {
    match target {
        Target::Below(limit) => format!("< {limit}"),
        Target::Above(limit) => format!("> {limit}"),
        Target::TimesRaw(limit) => format!("<= {limit}x"),
        Target::ShareOfRaw(limit) => format!(">= {limit}x"),
    }
}

fn short(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 1.0 => format!("{value:.2}"),
        value => format!("{value:.4}"),
    }
}

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
}

impl Report {
    /// Tells a figure, and keeps it for the table.
    pub(crate) fn add(&mut self, figure: Figure) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &figure)?;
        writeln!(out)?;
        self.figures.push(figure);
        Ok(())
    }

    /// Says what is not in the figures.
    pub(crate) fn note(&self, text: &str) -> anyhow::Result<()> {
        writeln!(std::io::stderr().lock(), "{text}")?;
        Ok(())
    }

    /// Tells all again as a table.
    pub(crate) fn table(&self) -> anyhow::Result<()> {
        let header = ["figure", "value", "raw", "ratio", "target", "raw is"].map(str::to_owned);
        let rows: Vec<[String; 6]> = std::iter::once(header)
            .chain(self.figures.iter().map(Figure::row))
            .collect();
        let mut widths = [0; 6];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let mut out = std::io::stdout().lock();
        writeln!(out)?;
        for row in &rows {
            let cells = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:width$}"));
            writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_must_be_met() {
        let figure = |value| {
            Figure::new("latency", "ms", value)
                .beside("parts", 1.0)
                .held_to(Target::Below(5.0))
                .held_to(Target::TimesRaw(4.0))
        };
        assert_eq!(figure(3.0).met, Some(true));
        assert_eq!(figure(4.5).met, Some(false));
        assert_eq!(figure(6.0).met, Some(false));
        assert_eq!(Figure::new("latency", "ms", 1.0).met, None);
        let rate = Figure::new("appends", "/s", 7.0).held_to(Target::Above(7.0));
        assert_eq!(rate.met, Some(false));
        let speed = |value| Figure::new("files", "MiB/s", value).beside("others", 10.0);
        assert_eq!(speed(7.0).held_to(Target::ShareOfRaw(0.7)).met, Some(true));
        assert_eq!(speed(6.0).held_to(Target::ShareOfRaw(0.7)).met, Some(false));
    }
}

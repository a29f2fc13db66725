//! JSON read as a stream: the reader walks down to the lists of messages and takes one message at a time.

mod guard;

use std::cell::RefCell;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use self::guard::Guard;
use crate::files::read_error;
use crate::limits::{MESSAGE_BYTES_MAX, MESSAGE_VALUES_MAX};
use crate::problem::What;

/// A value that is held whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

impl Json {
    /// A field; null if it isn't there, or this is no object. The last of the same name counts, as for everybody.
    pub(crate) fn get(&self, key: &str) -> &Self {
        const MISSING: &Json = &Json::Null;
        let Self::Map(fields) = self else {
            return MISSING;
        };
        let found = fields.iter().rev().find(|(name, _)| name == key);
        found.map_or(MISSING, |(_, value)| value)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Text(text) if text.len() <= 20 => text.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> &[Self] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }

    pub(crate) fn fields(&self) -> &[(String, Self)] {
        match self {
            Self::Map(fields) => fields,
            _ => &[],
        }
    }
}

/// A step from a list or object to a value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(u64),
}

/// What to do with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Ask again for each value in it.
    Walk,
    /// Hand it over whole.
    Take,
    /// Leave it out.
    Skip,
}

/// Ends the reading at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop;

/// Goes along with a walk.
pub(crate) trait Guide {
    fn plan(&mut self, path: &[Step]) -> Plan;
    /// Takes a value: one to take, or one to walk in that is neither list nor object.
    fn take(&mut self, path: &[Step], value: Json) -> Result<(), Stop>;
    /// A list or object that was walked in is at its end.
    fn leave(&mut self, path: &[Step]) -> Result<(), Stop>;
}

/// How a walk ended, if not at the end of the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Broken {
    Stopped,
    /// In this line; 0 if it is in none.
    At(u64, What),
}

/// What came of a walk.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) result: Result<(), Broken>,
    /// The lines on which texts were cut.
    pub(crate) cuts: Vec<u64>,
}

impl Walked {
    /// A walk that never began.
    pub(crate) const fn broken(what: What) -> Self {
        Self {
            result: Err(Broken::At(0, what)),
            cuts: Vec::new(),
        }
    }
}

/// Walks through the first value of a file.
pub(crate) fn walk(file: impl Read, guide: &mut dyn Guide) -> Walked {
    let cuts = Rc::new(RefCell::new(Vec::new()));
    let input = BufReader::with_capacity(64 * 1024, Guard::new(file, Rc::clone(&cuts)));
    let mut json = serde_json::Deserializer::from_reader(input);
    let mut path = Vec::new();
    let mut is_stopped = false;
    let walk = Walk {
        path: &mut path,
        guide,
        is_stopped: &mut is_stopped,
    };
    let walked = walk.deserialize(&mut json);
    drop(json);
    let result = match walked {
        Ok(()) => Ok(()),
        Err(_) if is_stopped => Err(Broken::Stopped),
        Err(error) => {
            let line = u64::try_from(error.line()).unwrap_or(u64::MAX);
            Err(Broken::At(line, what(error)))
        }
    };
    let cuts = cuts.take();
    Walked { result, cuts }
}

fn what(error: serde_json::Error) -> What {
    match error.classify() {
        serde_json::error::Category::Eof => What::CutShort,
        serde_json::error::Category::Io => read_error(&io::Error::from(error)),
        serde_json::error::Category::Syntax | serde_json::error::Category::Data => What::NotJson,
    }
}

struct Walk<'a> {
    path: &'a mut Vec<Step>,
    guide: &'a mut dyn Guide,
    is_stopped: &'a mut bool,
}

impl Walk<'_> {
    fn stop<E: serde::de::Error>(&mut self, result: Result<(), Stop>) -> Result<(), E> {
        result.map_err(|Stop| {
            *self.is_stopped = true;
            E::custom("stopped")
        })
    }

    fn take<E: serde::de::Error>(mut self, value: Json) -> Result<(), E> {
        let taken = self.guide.take(self.path, value);
        self.stop(taken)
    }

    const fn deeper(&mut self) -> Walk<'_> {
        Walk {
            path: self.path,
            guide: self.guide,
            is_stopped: self.is_stopped,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.take(Json::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.take(Json::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.take(Json::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.take(of_u64(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.take(Json::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.take(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        for index in 0.. {
            self.path.push(Step::Index(index));
            let more = match self.guide.plan(self.path) {
                Plan::Walk => list.next_element_seed(self.deeper())?.is_some(),
                Plan::Skip => list.next_element::<IgnoredAny>()?.is_some(),
                Plan::Take => match list.next_element_seed(Whole::of(&mut Budget::new()))? {
                    Some(value) => {
                        let taken = self.guide.take(self.path, value);
                        self.stop(taken)?;
                        true
                    }
                    None => false,
                },
            };
            self.path.pop();
            if !more {
                break;
            }
        }
        let left = self.guide.leave(self.path);
        self.stop(left)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.path.push(Step::Key(key));
            match self.guide.plan(self.path) {
                Plan::Walk => map.next_value_seed(self.deeper())?,
                Plan::Skip => {
                    map.next_value::<IgnoredAny>()?;
                }
                Plan::Take => {
                    let value = map.next_value_seed(Whole::of(&mut Budget::new()))?;
                    let taken = self.guide.take(self.path, value);
                    self.stop(taken)?;
                }
            }
            self.path.pop();
        }
        let left = self.guide.leave(self.path);
        self.stop(left)
    }
}

/// What one value may still take up. What is beyond is left out.
struct Budget {
    values: usize,
    bytes: usize,
}

impl Budget {
    const fn new() -> Self {
        Self {
            values: MESSAGE_VALUES_MAX,
            bytes: MESSAGE_BYTES_MAX,
        }
    }

    const fn value(&mut self) -> bool {
        let has_room = self.values > 0;
        self.values = self.values.saturating_sub(1);
        has_room
    }

    const fn bytes(&mut self, count: usize) -> bool {
        let has_room = self.bytes >= count;
        self.bytes = self.bytes.saturating_sub(count);
        has_room
    }
}

/// Reads a value whole.
struct Whole<'a> {
    budget: &'a mut Budget,
}

impl<'a> Whole<'a> {
    const fn of(budget: &'a mut Budget) -> Self {
        Self { budget }
    }
}

impl<'de> DeserializeSeed<'de> for Whole<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        if self.budget.value() {
            deserializer.deserialize_any(self)
        } else {
            deserializer.deserialize_ignored_any(IgnoredAny)?;
            Ok(Json::Null)
        }
    }
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = Json;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(of_u64(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        if self.budget.bytes(value.len()) {
            Ok(Json::Text(value.to_owned()))
        } else {
            Ok(Json::Null)
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while self.budget.values > 0 {
            match list.next_element_seed(Whole::of(self.budget))? {
                Some(value) => values.push(value),
                None => return Ok(Json::List(values)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if self.budget.values > 0 && self.budget.bytes(key.len()) {
                fields.push((key, map.next_value_seed(Whole::of(self.budget))?));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Json::Map(fields))
    }
}

fn of_u64(value: u64) -> Json {
    i64::try_from(value).map_or_else(|_| Json::Text(value.to_string()), Json::Int)
}

//! What comes of a question.

use super::{Best, Held, LATE_MAX, Query, Question, Told};
use crate::directory::NodeFault;
use crate::error::MachineError;
use crate::io::Event;
use crate::machine::directory::{Answered, NoAnswer};
use crate::machine::nodes::{self, KnownOperators};
use crate::machine::step::Step;
use crate::meta::{self, Key};

impl Query {
    /// What came of it.
    pub(super) fn settle(&mut self, step: &mut Step<'_>) -> Result<Told, MachineError> {
        let outcome = match (self.trouble.take(), self.best.take()) {
            (Some(trouble), _) => Err(trouble),
            (None, Some(mut best)) => {
                best.checked.asked = u32::try_from(self.asked.len()).unwrap_or(u32::MAX);
                Ok(best)
            }
            (None, None) => Err(self.no_answer(step)),
        };
        if outcome.is_ok() {
            // Others are of the present, so it isn't this device's clock.
            for (node, network_ms) in &self.off {
                if *network_ms < step.now_ms {
                    nodes::blame(step, node, NodeFault::Stale)?;
                }
            }
        }
        Ok(match outcome {
            Err(reason) => match self.question {
                Question::Name(_) => Told::Name(Err(reason)),
                Question::Operators => Told::Operators(Err(reason)),
            },
            Ok(Best {
                held: Held::Name(name),
                checked,
                ..
            }) => Told::Name(Ok(Box::new(Answered { name: *name, checked }))),
            Ok(Best {
                held: Held::Operators(committee),
                anchor,
                ..
            }) => {
                let known = KnownOperators {
                    operators: committee.operators,
                    height: anchor.seen(),
                    checked_ms: step.now_ms,
                };
                meta::put(step.connection, Key::Committee, &known)?;
                Told::Operators(Ok(()))
            }
        })
    }

    fn no_answer(&self, step: &mut Step<'_>) -> NoAnswer {
        // A running network goes on making blocks: an old one means a wrong clock here as often as a lying node.
        if let Some((_, network_ms)) = self.off.first() {
            step.emit(Event::ClockOff {
                network_ms: *network_ms,
            });
            return NoAnswer::ClockOff;
        }
        match &self.refused {
            Some(why) => NoAnswer::Refused(why.clone()),
            None => NoAnswer::Unreachable,
        }
    }

    /// Those who were waited for in vain are asked last from now on.
    pub(super) fn leave(mut self, step: &mut Step<'_>) {
        self.is_late = true;
        for (tag, waiting) in &self.waiting {
            step.live.silent.insert(waiting.node().endpoint.id);
            if step.live.questions.late.len() >= LATE_MAX {
                step.live.questions.late.pop_first();
            }
            step.live.questions.late.insert(*tag, self.clone());
        }
    }
}
